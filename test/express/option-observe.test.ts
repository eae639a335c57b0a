import express from 'express'
import { ifMatch, memoryLedger, problems, type Ledger } from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import Database from 'libsql'
import { describe, expect, it, vi } from 'vitest'
import { gate, refusals, serve, settlements } from '../support/api.js'
import { heldLedger } from '../support/ledgers.js'
import { noteApi } from '../support/notes.js'
import { lastResort, orderApi, TABLES } from '../support/orders.js'

const OBSERVE = { mode: 'observe', required: true } as const

describe('observe: a ledger refuses nothing, and says what it would have refused', () => {
  it('stale, missing, malformed, absent', async () => {
    const events = refusals()
    const { send, put, tag } = await noteApi(OBSERVE)
    const old = await tag()
    expect((await put('1', old)).status).toBe(200)
    expect(events).toEqual([])
    expect((await put('1', old)).status).toBe(200)
    expect((await put('1')).status).toBe(200)
    expect((await put('1', 'abc')).status).toBe(200)
    expect((await put('1', '"not ours"')).status).toBe(200)
    expect((await send('PUT', '/notes/1', { headers: { 'If-None-Match': '*' }, body: {} })).status).toBe(200)
    expect(events.map(({ code, reason }) => [code, reason])).toEqual([
      ['version-conflict', 'stale'],
      ['precondition-required', undefined],
      ['malformed-precondition', undefined],
      ['malformed-precondition', undefined],
      ['already-exists', undefined],
    ])
    for (const event of events)
      expect(event).toMatchObject({ enforced: false, method: 'PUT', key: 'notes/1' })
  })

  it('versions still move', async () => {
    const { put, tag } = await noteApi(OBSERVE)
    const seen = new Set<string>()
    for (let index = 0; index < 3; index++) {
      seen.add(await tag())
      await put('1', '"stale-0"')
    }
    expect(seen.size).toBe(3)
  })

  it('a writer that may not wait, and the tag that it cannot give', async () => {
    const events = refusals()
    const inside = gate()
    const go = gate()
    let first = true
    const { put, tag } = await noteApi({ ...OBSERVE, claim: { wait: 0 } }, async (_req, res) => {
      if (first) {
        first = false
        inside.open()
        await go.opened
      }
      res.json({})
    })
    const before = await tag()
    const held = put('1', before)
    await inside.opened
    const second = await put('1', before)
    expect(second.status).toBe(200)
    expect(second.headers.etag).toBeUndefined()
    go.open()
    // what the first one made is no longer certain: the other wrote past its claim
    expect((await held).status).toBe(200)
    expect(events.map(({ code, enforced }) => [code, enforced])).toEqual([
      ['write-in-progress', false],
      ['outcome-unknown', false],
    ])
    expect(await tag()).not.toBe(before)
  })

  it('a store that is down', async () => {
    const events = refusals()
    const store = heldLedger()
    const { put } = await noteApi({ ...OBSERVE, ledger: store.ledger })
    store.fail()
    expect((await put('1', '*')).status).toBe(200)
    expect(events).toMatchObject([{ code: 'store-unavailable', enforced: false }])
  })

  it('a malformed identifier under guard()', async () => {
    const { z } = await import('zod')
    const events = refusals()
    const params = z.object({ id: z.coerce.number<string>().int() })
    const { put } = await noteApi({ ...OBSERVE, params })
    expect((await put('me', '*')).status).toBe(200)
    expect(events).toMatchObject([{ code: 'malformed-key', enforced: false, key: undefined }])
  })

  it('a claim that was overtaken', async () => {
    const events = refusals()
    const settled = settlements()
    const { put, tag, guards } = await noteApi(OBSERVE, async (_req, res) => {
      await guards.touch('notes/1')
      res.json({})
    })
    const answer = await put('1', await tag())
    expect(answer.status).toBe(200)
    expect(answer.headers.etag).toBeUndefined()
    expect(events).toMatchObject([{ code: 'outcome-unknown', enforced: false }])
    expect(settled).toMatchObject([{ outcome: 'unknown', version: undefined }])
  })
})

describe('observe: the other ways', () => {
  it('a table writes what it would have refused, and reports it', async () => {
    const events = refusals()
    const send = await orderApi(TABLES['SQLite']!(), (body, write) => write.update(body), OBSERVE)
    const put = (headers: object) =>
      send('PUT', '/orders/7', { headers: { ...headers }, body: { note: 'a' } })
    expect(await put({ 'If-Match': '"9"' })).toMatchObject({ status: 200, json: { version: 2 } })
    expect(await put({ 'If-Match': 'x' })).toMatchObject({ status: 200, json: { version: 3 } })
    expect(await put({})).toMatchObject({ status: 200, json: { version: 4 } })
    expect(events.map(({ code, enforced }) => [code, enforced])).toEqual([
      ['version-conflict', false],
      ['malformed-precondition', false],
      ['precondition-required', false],
    ])
    const missing = await send('PUT', '/orders/8', { headers: { 'If-Match': '"1"' }, body: {} })
    expect(missing.status).toBe(404)
  })

  it('a table warns of a success without a write, and lets it go', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const send = await orderApi(TABLES['memory']!(), () => ({ ok: true }), OBSERVE)
    expect((await send('PUT', '/orders/7', { headers: { 'If-Match': '"1"' }, body: {} })).status).toBe(200)
    expect(warned.mock.calls.map(([, options]) => options)).toMatchObject([{ code: 'ERR_NOT_WRITTEN' }])
    warned.mockRestore()
  })

  it.each<[string, () => Omit<Ledger, 'transaction'>]>([
    ['over a store', memoryLedger],
    [
      'over a store that is down',
      () => {
        const store = heldLedger()
        store.fail()
        return store.ledger
      },
    ],
  ])('current %s keeps its handle, and a predicate on the row that is there', async (_name, ledger) => {
    const events = refusals()
    const things = ifMatch({
      key: 'things/:id',
      current: () => ({ n: 3 }),
      version: 'n',
      mode: 'observe',
      ledger: ledger(),
    })
    const app = express().put(
      '/things/:id',
      things.wrap((_req, res, write) => res.json([write.current, write.where()])),
    )
    const send = await serve(app)
    const answer = await send('PUT', '/things/1', { headers: { 'If-Match': '"1"' } })
    expect(answer).toMatchObject({ status: 200, json: [{ n: 3 }, { n: 3 }] })
    expect(events).toContainEqual(expect.objectContaining({ code: 'version-conflict', enforced: false }))
  })

  it('a transaction runs, with and without the claim that it would have had', async () => {
    const events = refusals()
    const db = new Database(':memory:')
    const docs = ifMatch({ ledger: sqliteLedger(db), key: 'docs/:id', mode: 'observe', claim: { wait: 0 } })
    db.exec("CREATE TABLE docs (text TEXT); INSERT INTO docs VALUES ('first')")
    const inside = gate()
    const go = gate()
    const app = express()
    for (const [method, transaction] of [
      ['put', true],
      ['patch', false],
    ] as const) {
      app[method](
        '/docs/:id',
        docs.wrap(
          async (_req, res, write) => {
            await write.transaction((client) => void client.exec(`UPDATE docs SET text = '${method}'`))
            res.json({})
          },
          { transaction },
        ),
      )
    }
    app.delete('/docs/:id', docs.guard(), async (_req, res) => {
      inside.open()
      await go.opened
      res.json({})
    })
    const send = await serve(app.use(problems()).use(lastResort))
    const stale = { headers: { 'If-Match': '"1-1"' } }
    const held = send('DELETE', '/docs/1', stale)
    await inside.opened
    for (const method of ['PUT', 'PATCH']) {
      expect((await send(method, '/docs/1', stale)).status, method).toBe(200)
      expect(db.prepare('SELECT text FROM docs').all()[0]).toMatchObject({
        text: method.toLowerCase(),
      })
    }
    go.open()
    expect((await held).status).toBe(200)
    expect(events.filter(({ code }) => code === 'write-in-progress')).toHaveLength(2)
    for (const { enforced } of events) expect(enforced).toBe(false)
  })
})
