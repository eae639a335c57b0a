import express from 'express'
import { describe, expect, it } from 'vitest'
import { ifMatch } from '../../src/index.js'
import { gate, serve, turn, WAYS } from './support.js'

const version = (etag: string | null) => etag?.replace(/"|\..*$/g, '')

describe.each(Object.entries(WAYS))('P5, %s', (_way, make) => {
  it('the tag of a write is that of the state it made', async () => {
    const send = await serve(make())
    const { etag } = await send('GET', '/articles/1')
    const written = await send('PUT', '/articles/1', { 'if-match': etag ?? '' }, { title: 'second' })
    expect(version(written.etag)).not.toBe(version(etag))
    expect(version((await send('GET', '/articles/1')).etag)).toBe(version(written.etag))
  })

  it('of racing writes, each tag is the state of its own', async () => {
    const send = await serve(make())
    for (let round = 0; round < 5; round++) {
      const { etag } = await send('GET', '/articles/1')
      const puts = Array.from({ length: 5 }, (_, writer) =>
        send('PUT', '/articles/1', { 'if-match': etag ?? '' }, { title: `${round} ${writer}` }),
      )
      const winner = (await Promise.all(puts)).find(({ status }) => status === 200)
      const now = await send('GET', '/articles/1')
      expect([version(now.etag), now.body['title']]).toEqual([
        version(winner?.etag ?? ''),
        winner?.body['title'],
      ])
    }
  })
})

describe('P5', () => {
  it('the tag of a read is never newer than its data: version first, data second', async () => {
    const reading = gate()
    const guarded = ifMatch({ key: 'articles/:id' })
    let title = 'old'
    const app = express()
    app.get('/articles/:id', guarded.read(), async (_req, res) => {
      const data = title
      await reading.wait()
      res.json({ title: data })
    })
    app.put('/articles/:id', guarded.guard({ required: false }), (_req, res) => {
      title = 'new'
      res.json({ title })
    })
    const send = await serve(app)
    const read = send('GET', '/articles/1')
    await reading.reached
    await send('PUT', '/articles/1')
    reading.open()
    const { etag, body } = await read
    expect(body).toEqual({ title: 'old' })
    expect((await send('PUT', '/articles/1', { 'if-match': etag ?? '' })).status).toBe(409)
  })

  it('a read while a write runs is not tagged as what it will become', async () => {
    const writing = gate()
    const guarded = ifMatch({ key: 'articles/:id', required: false })
    let title = 'old'
    const app = express()
    app.get('/articles/:id', guarded.read(), (_req, res) => {
      res.json({ title })
    })
    app.put('/articles/:id', guarded.guard(), async (_req, res) => {
      await writing.wait()
      title = 'new'
      res.json({ title })
    })
    const send = await serve(app)
    const written = send('PUT', '/articles/1')
    await writing.reached
    const during = await send('GET', '/articles/1')
    writing.open()
    expect(version((await written).etag)).not.toBe(version(during.etag))
  })

  it('a handler’s own tag is replaced, and only a 200 read and a write that made a state carry one', async () => {
    const guarded = ifMatch({ key: 'articles/:id', required: false })
    const app = express()
    app.get('/articles/:id', guarded.read(), (req, res) => {
      res.set('ETag', '"own"').status(Number(req.query['status'])).json({})
    })
    app.put('/articles/:id', guarded.guard(), (req, res) => {
      res.set('ETag', '"own"').status(Number(req.query['status'])).json({})
    })
    app.delete('/articles/:id', guarded.guard(), (req, res) => {
      res.set('ETag', '"own"').status(Number(req.query['status'])).json({})
    })
    const send = await serve(app)
    for (const status of [200, 201, 202, 203, 206, 404, 410, 500]) {
      const { etag } = await send('GET', `/articles/1?status=${status}`)
      if (status === 200) expect(etag).toMatch(/^"\w+-\d+\.[^"]+"$/)
      else expect(etag, `GET ${status}`).toBeNull()
    }
    for (const status of [200, 201, 204, 202, 303, 404, 409, 500]) {
      const { etag } = await send('PUT', `/articles/1?status=${status}`)
      if ([200, 201, 204].includes(status)) expect(etag).toMatch(/^"\w+-\d+"$/)
      else expect(etag, `PUT ${status}`).toBeNull()
    }
    expect((await send('DELETE', '/articles/1?status=200')).etag).toBeNull()
  })

  it('a write that something else wrote past has no tag, and no success', async () => {
    const writing = gate()
    const guarded = ifMatch({ key: 'articles/:id', required: false })
    const app = express()
    app.put('/articles/:id', guarded.guard(), async (_req, res) => {
      await writing.wait()
      await turn()
      res.json({})
    })
    const send = await serve(app)
    const write = send('PUT', '/articles/1')
    await writing.reached
    await guarded.touch('articles/1')
    writing.open()
    expect(await write).toMatchObject({ status: 500, etag: null, body: { code: 'outcome-unknown' } })
  })
})
