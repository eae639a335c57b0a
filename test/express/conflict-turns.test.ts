import express from 'express'
import { ifMatch, memoryLedger, memoryTable, problems } from 'express-if-match'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it, vi } from 'vitest'
import { gate, serve } from '../support/api.js'
import { noteApi } from '../support/notes.js'

describe('a conflict', () => {
  it('tells each loser another turn, in the order in which they lost, in the body and in no header', async () => {
    const { put, tag } = await noteApi({ clock: fakeClock() })
    const before = await tag()
    await put('1', before)
    const told = []
    for (let losers = 0; losers < 4; losers++) told.push(await put('1', before))
    expect(told.map(({ problem }) => problem.retryAfterMs)).toEqual([0, 5, 10, 15])
    expect(told[3]!.problem).toMatchObject({
      code: 'version-conflict',
      resolution: [
        { action: 'wait', afterMs: 15 },
        { action: 'refetch' },
        { action: 'merge' },
        { action: 'retry' },
      ],
    })
    // whole seconds would let all of them come in the same one
    for (const { headers } of told) expect(headers['retry-after']).toBeUndefined()
  })

  it('so on a claimed key too, for those that waited in line behind the write that made them stale', async () => {
    const inside = gate()
    const go = gate()
    const clock = fakeClock()
    const { put, tag } = await noteApi({ clock }, async (_req, res) => {
      inside.open()
      await go.opened
      res.json({})
    })
    const before = await tag()
    const first = put('1', before)
    await inside.opened
    const timers = clock.pending
    const losers = [put('1', before), put('1', before), put('1', before)]
    // each has set how long it would wait
    await vi.waitUntil(() => clock.pending === timers + losers.length)
    go.open()
    expect((await first).status).toBe(200)
    const told = (await Promise.all(losers)).map(({ problem }) => problem)
    expect(told.map((problem) => problem.reason)).toEqual(['race', 'race', 'race'])
    expect(told.map((problem) => problem.retryAfterMs).sort()).toEqual([0, 10, 5])
  })

  it('and where the write is the swap', async () => {
    const table = memoryTable({ columns: ['n'], rows: [{ id: '1', n: 0, version: 2 }] })
    const rows = ifMatch({ key: 'rows/:id', table, clock: fakeClock() })
    const app = express().use(express.json())
    app.put(
      '/rows/:id',
      rows.wrap(async (_req, res, write) => rows.send(res, await write.update({ n: 1 }))),
    )
    const send = await serve(app.use(problems()))
    const put = () => send('PUT', '/rows/1', { headers: { 'If-Match': '"1"' }, body: {} })
    const told = [await put(), await put()]
    expect(told.map(({ problem }) => problem.retryAfterMs)).toEqual([0, 5])
  })

  it('learns from the writes that were made how far apart turns must be', async () => {
    const clock = fakeClock()
    const { put, tag } = await noteApi({ clock })
    for (let writes = 0; writes < 60; writes++) {
      const current = await tag()
      await put('1', current)
      await put('1', current)
      await put('1', current)
      await clock.advance(30)
    }
    await clock.advance(2_000)
    const stale = await tag()
    await put('1', stale)
    await put('1', stale)
    const { problem } = await put('1', stale)
    expect(problem.retryAfterMs).toBeGreaterThan(15)
    expect(problem.retryAfterMs).toBeLessThan(40)
  })

  it('over what is gone, or a tag that never matches, has no turn: another try meets it again', async () => {
    const { put, send, tag } = await noteApi()
    const before = await tag()
    const weak = await put('1', `W/${before}`)
    expect(weak.problem).toMatchObject({ reason: 'weak-validator' })
    await send('DELETE', '/notes/1', { headers: { 'If-Match': before } })
    const gone = await put('1', before)
    expect(gone.problem).toMatchObject({ reason: 'gone' })
    for (const { problem } of [weak, gone]) expect(problem).not.toHaveProperty('retryAfterMs')
  })

  it('two guards on one ledger, as two processes have them, each tell turns of their own', async () => {
    const ledger = memoryLedger()
    const one = await noteApi({ ledger, clock: fakeClock() })
    const other = await noteApi({ ledger, clock: fakeClock() })
    const before = await one.tag()
    await one.put('1', before)
    const told = [await one.put('1', before), await other.put('1', before), await one.put('1', before)]
    expect(told.map(({ problem }) => problem.retryAfterMs)).toEqual([0, 0, 5])
  })

  it('over a read takes none either', async () => {
    const { send, put, tag } = await noteApi({ clock: fakeClock() })
    const before = await tag()
    await put('1', before)
    const read = await send('GET', '/notes/1', { headers: { 'If-Match': before } })
    expect(read.problem).toMatchObject({ status: 412, reason: 'stale' })
    expect(read.problem).not.toHaveProperty('retryAfterMs')
    expect((await put('1', before)).problem.retryAfterMs).toBe(0)
  })

  it('that is only observed takes no turn from those that are told', async () => {
    let observed = true
    const { put, tag } = await noteApi({
      clock: fakeClock(),
      mode: () => (observed ? 'observe' : 'enforce'),
    })
    const before = await tag()
    await put('1', before)
    for (let writes = 0; writes < 3; writes++) expect((await put('1', before)).status).toBe(200)
    observed = false
    expect((await put('1', before)).problem.retryAfterMs).toBe(0)
  })
})
