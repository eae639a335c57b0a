import express from 'express'
import { ifMatch } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { docs, save } from '../support/docs.js'
import { lastResort } from '../support/orders.js'

describe('transaction on a SQLite ledger, beside claims', () => {
  it('waits for the claim of another writer, and is judged on what that one made', async () => {
    const { served, tag, text, plain, inside } = docs(save, { transaction: true })
    const send = await served
    const headers = { 'If-Match': await tag() }
    const first = send('PUT', '/held/docs/1')
    await inside.opened
    const second = send('PUT', '/docs/1', { headers, body: { text: 'a' } })
    const third = send('PUT', '/docs/1', { headers: { 'If-Match': '*' }, body: { text: 'b' } })
    plain.open()
    expect((await first).status).toBe(200)
    expect(await second).toMatchObject({ status: 409, problem: { code: 'version-conflict' } })
    expect((await third).status).toBe(200)
    expect(text()).toBe('b')
  })

  it('gives up where it may not wait', async () => {
    const { served, text, plain, inside } = docs(save, { transaction: true }, { claim: { wait: 0 } })
    const send = await served
    const first = send('PUT', '/held/docs/1')
    await inside.opened
    const second = await send('PUT', '/docs/1', { headers: { 'If-Match': '*' }, body: { text: 'a' } })
    expect(second).toMatchObject({ status: 409, problem: { code: 'write-in-progress', applied: 'no' } })
    expect(second.headers['retry-after']).toBe('1')
    expect(text()).toBe('first')
    plain.open()
    await first
  })

  it('moves the other keys of a route in the same transaction', async () => {
    const { served, tag, ledger } = docs(save, { transaction: true }, { moves: () => ['lists/9'] })
    const send = await served
    const stale = { headers: { 'If-Match': '"x-9"' }, body: { text: 'a' } }
    expect((await send('PUT', '/docs/1', stale)).status).toBe(409)
    expect(ledger.get('lists/9').count).toBe(0)
    await send('PUT', '/docs/1', { headers: { 'If-Match': await tag() }, body: { text: 'a' } })
    expect(ledger.get('lists/9')).toMatchObject({ count: 1, existence: 'unknown' })
  })

  it('is a mistake where nothing was written in it', async () => {
    const { served, tag } = docs((_req, res) => res.json({}), { transaction: true })
    const send = await served
    const answer = await send('PUT', '/docs/1', { headers: { 'If-Match': await tag() }, body: {} })
    expect(answer.json).toMatchObject({ code: 'ERR_NOT_WRITTEN' })
  })

  it('needs a ledger that has transactions', async () => {
    expect(() => ifMatch({ key: 'docs/:id' }).guard({ transaction: true })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTIONS_CONFLICT' }),
    )
    const memory = ifMatch({ key: 'docs/:id' })
    const app = express().put(
      '/docs/:id',
      memory.wrap((_req, _res, write) => write.transaction(() => undefined), { required: false }),
    )
    const send = await serve(app.use(lastResort))
    expect((await send('PUT', '/docs/1')).json).toMatchObject({ code: 'ERR_WRITE_UNSUPPORTED' })
  })
})
