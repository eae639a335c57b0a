import express from 'express'
import { describe, expect, it } from 'vitest'
import { ifMatch } from '../../src/index.js'
import { serve, WAYS } from './support.js'

describe.each(Object.entries(WAYS))('P3, %s: no conflict without a cause', (_way, make) => {
  it('read and write in turn, always with the tag in hand', async () => {
    const send = await serve(make())
    let { etag } = await send('GET', '/articles/1')
    for (let write = 0; write < 10; write++) {
      const answer = await send('PUT', '/articles/1', { 'if-match': etag ?? '' }, { title: `write ${write}` })
      expect(answer.status).toBe(200)
      etag = write % 2 === 0 ? answer.etag : (await send('GET', '/articles/1')).etag
    }
  })
})

describe('P3', () => {
  const app = express()
  app.use(ifMatch())
  app.use(express.json())
  app.get('/{*path}', (_req, res) => {
    res.json({})
  })
  app.put('/{*path}', (req, res) => {
    res.status(Number(req.query['status'] ?? 200)).json({})
  })
  app.post('/{*path}', (req, res) => {
    res.status(Number(req.query['status'] ?? 200)).json({})
  })

  it('writes to other keys are no conflict', async () => {
    const send = await serve(app)
    const { etag } = await send('GET', '/articles/1')
    for (const path of ['/articles/2', '/articles/10', '/articles', '/articles/1/comments'])
      await send('PUT', path)
    expect((await send('PUT', '/articles/1', { 'if-match': etag ?? '' })).status).toBe(200)
  })

  it('neither is a write that was refused by its handler, nor a read', async () => {
    const send = await serve(app)
    const { etag } = await send('GET', '/articles/1')
    for (const status of [400, 403, 404, 409, 422]) await send('PUT', `/articles/1?status=${status}`)
    await send('POST', '/articles/1/publish?status=400')
    await send('GET', '/articles/1')
    expect((await send('PUT', '/articles/1', { 'if-match': etag ?? '' })).status).toBe(200)
  })

  it('a POST below the key is one that is named', async () => {
    const send = await serve(app)
    const { etag } = await send('GET', '/articles/1')
    await send('POST', '/articles/1/comments')
    expect((await send('PUT', '/articles/1', { 'if-match': etag ?? '' })).status).toBe(409)
  })
})
