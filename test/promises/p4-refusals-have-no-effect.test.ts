import express from 'express'
import { describe, expect, it } from 'vitest'
import { ifMatch, memoryLedger, type Ledger } from '../../src/index.js'
import { gate, serve } from './support.js'

/** An API that counts its handlers' runs, over a ledger that fails on demand. */
function counted() {
  const inner = memoryLedger()
  const state = { runs: 0, down: false }
  const answer = <T>(work: () => T): T => {
    if (state.down) throw new Error('the store is down')
    return work()
  }
  const ledger: Ledger = {
    ...inner,
    get: (key) => answer(() => inner.get(key)),
    compareAndSwap: (key, swap) => answer(() => inner.compareAndSwap(key, swap)),
  }
  const guarded = ifMatch({ ledger, key: 'articles/:id', claim: { wait: 0 } })
  const app = express().use(express.json())
  const running = gate()
  app.get('/articles/:id', guarded.read(), (_req, res) => {
    res.json({ runs: state.runs })
  })
  app.put('/articles/:id', guarded.guard(), async (req, res) => {
    state.runs += 1
    const { then, status = 200 } = (req.body ?? {}) as { then?: string; status?: number }
    if (then === 'wait') await running.wait()
    if (then === 'down') state.down = true
    res.status(status).json({ by: 'the handler' })
  })
  return { app, state, running }
}

describe('P4, a refusal before the handler', () => {
  it.each<[string, Record<string, string>, number]>([
    ['without a precondition', {}, 428],
    ['with a malformed one', { 'if-match': 'abc' }, 400],
    ['with one that is not ours', { 'if-match': '"abc"' }, 400],
    ['with a weak one', { 'if-match': 'W/"abc"' }, 409],
    ['whose existence matters and is unknown', { 'if-none-match': '*' }, 500],
    ['whose version is another run’s', { 'if-match': '"other-1"' }, 409],
  ])('%s, has no effect', async (_, headers, status) => {
    const { app, state } = counted()
    const send = await serve(app)
    const { etag } = await send('GET', '/articles/1')
    const refused = await send('PUT', '/articles/1', headers, {})
    expect(refused).toMatchObject({ status, body: { applied: 'no' } })
    expect(state.runs).toBe(0)
    expect((await send('GET', '/articles/1')).etag).toBe(etag)
  })

  it('while another write runs, has no effect', async () => {
    const { app, state, running } = counted()
    const send = await serve(app)
    const headers = { 'if-match': (await send('GET', '/articles/1')).etag ?? '' }
    const first = send('PUT', '/articles/1', headers, { then: 'wait' })
    await running.reached
    expect(await send('PUT', '/articles/1', headers, {})).toMatchObject({
      status: 409,
      body: { code: 'write-in-progress', applied: 'no' },
    })
    running.open()
    expect((await first).status).toBe(200)
    expect(state.runs).toBe(1)
  })

  it('since the store is down, has no effect', async () => {
    const { app, state } = counted()
    const send = await serve(app)
    const headers = { 'if-match': (await send('GET', '/articles/1')).etag ?? '' }
    state.down = true
    expect(await send('PUT', '/articles/1', headers, {})).toMatchObject({
      status: 503,
      body: { code: 'store-unavailable', applied: 'no' },
    })
    expect(state.runs).toBe(0)
  })
})

describe('P4, a problem after the handler', () => {
  it('says that nobody knows whether it was applied', async () => {
    const { app, state } = counted()
    const send = await serve(app)
    const headers = { 'if-match': (await send('GET', '/articles/1')).etag ?? '' }
    const answer = await send('PUT', '/articles/1', headers, { then: 'down' })
    expect(answer).toMatchObject({ status: 500, body: { code: 'outcome-unknown', applied: 'unknown' } })
    expect(state.runs).toBe(1)
  })

  it('believes a handler that refuses by itself', async () => {
    const { app } = counted()
    const send = await serve(app)
    const headers = { 'if-match': (await send('GET', '/articles/1')).etag ?? '' }
    const answer = await send('PUT', '/articles/1', headers, { then: 'down', status: 422 })
    expect(answer).toMatchObject({ status: 422, body: { by: 'the handler' } })
  })
})
