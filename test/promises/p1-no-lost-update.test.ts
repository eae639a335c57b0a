import express from 'express'
import { describe, expect, it } from 'vitest'
import { ifMatch, memoryLedger } from '../../src/index.js'
import { gate, serve, WAYS } from './support.js'

const WRITERS = 20
const ROUNDS = 5

describe.each(Object.entries(WAYS))('P1, %s', (_way, make) => {
  it(`lets one of ${WRITERS} concurrent writes with one version succeed, and its data stays`, async () => {
    const send = await serve(make())
    for (let round = 0; round < ROUNDS; round++) {
      const { etag } = await send('GET', '/articles/1')
      const answers = await Promise.all(
        Array.from({ length: WRITERS }, (_, writer) =>
          send(
            'PUT',
            '/articles/1',
            { 'if-match': etag ?? '' },
            { title: `round ${round} writer ${writer}` },
          ),
        ),
      )
      const won = answers.filter(({ status }) => status === 200)
      expect(won, JSON.stringify(answers.map(({ status }) => status))).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(WRITERS - 1)
      expect((await send('GET', '/articles/1')).body['title']).toBe(won[0]?.body['title'])
    }
  })
})

describe('P1', () => {
  it('counts writes without a precondition too: they make the others stale', async () => {
    const guarded = ifMatch({ key: 'articles/:id', required: false })
    const app = express()
    app.get('/articles/:id', guarded.read(), (_req, res) => {
      res.json({})
    })
    app.put('/articles/:id', guarded.guard(), (_req, res) => {
      res.json({})
    })
    const send = await serve(app)
    const { etag } = await send('GET', '/articles/1')
    expect((await send('PUT', '/articles/1')).status).toBe(200)
    expect((await send('PUT', '/articles/1', { 'if-match': etag ?? '' })).status).toBe(409)
  })

  it('one resource is one key, however its path is spelled', async () => {
    const app = express()
    app.use(ifMatch({ ledger: memoryLedger() }))
    app.all('/articles/:id', (_req, res) => {
      res.json({})
    })
    const send = await serve(app)
    const { etag } = await send('GET', '/articles/a')
    const spellings = ['/articles/a', '/articles/a/', '/Articles/a', '/articles/%61', '/articles/a?x=1']
    const answers = await Promise.all(spellings.map((path) => send('PUT', path, { 'if-match': etag ?? '' })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409])
  })

  it('a second writer waits for the first, and is judged on what it left', async () => {
    const running = gate()
    const guarded = ifMatch({ key: 'articles/:id' })
    let handled = 0
    const app = express()
    app.get('/articles/:id', guarded.read(), (_req, res) => {
      res.json({})
    })
    app.put('/articles/:id', guarded.guard(), async (_req, res) => {
      handled += 1
      await running.wait()
      res.json({})
    })
    const send = await serve(app)
    const { etag } = await send('GET', '/articles/1')
    const first = send('PUT', '/articles/1', { 'if-match': etag ?? '' })
    await running.reached
    const second = send('PUT', '/articles/1', { 'if-match': etag ?? '' })
    running.open()
    expect([(await first).status, (await second).status, handled]).toEqual([200, 409, 1])
  })

  it.each(['/articles/1', '/articles/1/restore'])(
    'what POST %s brought back is not created over',
    async (path) => {
      const guarded = ifMatch({ key: 'articles/:id', required: false })
      const app = express()
      app.all([path, '/articles/:id'], guarded.guard(), (_req, res) => {
        res.json({})
      })
      const send = await serve(app)
      await send('DELETE', '/articles/1')
      const { status, etag } = await send('POST', path)
      expect(status).toBe(200)
      expect((await send('PUT', '/articles/1', { 'if-none-match': '*' })).body['code']).toBe(
        'existence-unknown',
      )
      expect((await send('PUT', '/articles/1', { 'if-match': etag ?? '' })).status).toBe(200)
    },
  )
})
