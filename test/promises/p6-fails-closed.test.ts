import express from 'express'
import { describe, expect, it } from 'vitest'
import { ifMatch, memoryLedger, memoryTable, problems } from '../../src/index.js'
import { fakeClock } from '../../src/testing/clock.js'
import { gate, serve, turn, type Article } from './support.js'

const put = (body: (app: express.Express) => void) => {
  const app = express().use(express.json())
  body(app)
  return app.use(problems())
}

describe('P6, what cannot be evaluated does not pass', () => {
  it('a store that throws is a 503 that says when to come again', async () => {
    const ledger = {
      ...memoryLedger(),
      get: () => Promise.reject(new Error('down')),
      compareAndSwap: () => Promise.reject(new Error('down')),
    }
    const guarded = ifMatch({ ledger, key: 'articles/:id' })
    const send = await serve(
      put((app) =>
        app.put('/articles/:id', guarded.guard(), (_req, res) => {
          res.json({})
        }),
      ),
    )
    expect(await send('PUT', '/articles/1', { 'if-match': '*' })).toMatchObject({
      status: 503,
      body: { retryAfterMs: 1_000 },
    })
  })

  it('a store that hangs is a 503 once its time is over', async () => {
    const clock = fakeClock()
    const asked = gate()
    const ledger = {
      ...memoryLedger(),
      get: () => asked.wait() as Promise<never>,
      compareAndSwap: () => asked.wait() as Promise<never>,
    }
    const guarded = ifMatch({ ledger, key: 'articles/:id', clock })
    const send = await serve(
      put((app) =>
        app.put('/articles/:id', guarded.guard({ required: false }), (_req, res) => {
          res.json({})
        }),
      ),
    )
    const answer = send('PUT', '/articles/1')
    await asked.reached
    await turn()
    await clock.advance(2_000)
    expect(await answer).toMatchObject({ status: 503, body: { code: 'store-unavailable' } })
  })

  it('existence that a ledger does not know is no pass, and the problem names `current`', async () => {
    const guarded = ifMatch({ key: 'articles/:id' })
    const send = await serve(
      put((app) =>
        app.put('/articles/:id', guarded.guard(), (_req, res) => {
          res.json({})
        }),
      ),
    )
    for (const headers of [{ 'if-match': '*' }, { 'if-none-match': '*' }]) {
      const refused = await send('PUT', '/articles/1', headers)
      expect(refused).toMatchObject({ status: 500, body: { code: 'existence-unknown' } })
      expect(refused.body['detail']).toContain('`current`')
    }
  })

  it('`current` and a table do know', async () => {
    const looked = ifMatch({
      key: 'articles/:id',
      current: (req) => (req.url === '/articles/1' ? { id: '1' } : undefined),
    })
    const send = await serve(
      put((app) =>
        app.put('/articles/:id', looked.guard(), (_req, res) => {
          res.json({})
        }),
      ),
    )
    expect((await send('PUT', '/articles/1', { 'if-match': '*' })).status).toBe(200)
    expect((await send('PUT', '/articles/1', { 'if-none-match': '*' })).status).toBe(412)
    expect((await send('PUT', '/articles/2', { 'if-match': '*' })).status).toBe(409)
    expect((await send('PUT', '/articles/2', { 'if-none-match': '*' })).status).toBe(200)
    const table = ifMatch({ key: 'articles/:id', table: memoryTable<Article>({ columns: ['title'] }) })
    const write = await serve(
      put((app) =>
        app.put(
          '/articles/:id',
          table.wrap(async (_req, res: express.Response, handle) => {
            res.json(await handle.update({ title: 'x' }))
          }),
        ),
      ),
    )
    expect((await write('PUT', '/articles/1', { 'if-match': '*' })).status).toBe(409)
  })

  it('`current` runs under the claim: no other writer comes between it and the handler', async () => {
    let running = 0
    let most = 0
    const looked = ifMatch({
      key: 'articles/:id',
      required: false,
      current: async () => {
        most = Math.max(most, ++running)
        await turn()
        return { id: '1' }
      },
    })
    const send = await serve(
      put((app) =>
        app.put('/articles/:id', looked.guard(), async (_req, res) => {
          await turn()
          running -= 1
          res.json({})
        }),
      ),
    )
    await Promise.all(Array.from({ length: 10 }, () => send('PUT', '/articles/1')))
    expect(most).toBe(1)
  })

  it('a body version that nobody parsed is an error, not an absence', async () => {
    const app = express()
    const guarded = ifMatch({ key: 'articles/:id', bodyVersion: 'version', required: false })
    let ran = false
    app.put('/articles/:id', guarded.guard(), (_req, res) => {
      ran = true
      res.json({})
    })
    app.use(((error: { code?: string }, _req, res, _next) => {
      res.status(500).json({ code: error.code })
    }) as express.ErrorRequestHandler)
    const send = await serve(app)
    expect((await send('PUT', '/articles/1', {}, { version: 1 })).body).toEqual({
      code: 'ERR_BODY_NOT_PARSED',
    })
    expect(ran).toBe(false)
  })
})
