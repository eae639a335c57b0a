import express from 'express'
import { ifMatch, memoryLedger, type LedgerOptions } from 'express-if-match'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it, vi } from 'vitest'
import { gate, refusals, serve } from '../support/api.js'
import { ask, start } from '../support/http.js'
import { isKept, waits } from '../support/kept.js'
import { noteApi } from '../support/notes.js'

async function ledgerScene(options: LedgerOptions = {}) {
  const clock = fakeClock()
  const api = await noteApi({ clock, ...options })
  const first = await api.tag()
  await api.put('1', first)
  const lose = (headers: Record<string, string> = waits) =>
    api.send('PUT', '/notes/1', { headers: { 'If-Match': first, ...headers }, body: { text: 'lost' } })
  return { ...api, clock, lose, winNow: async () => api.put('1', await api.tag()) }
}

describe('a conflict whose client prefers to wait', () => {
  it('comes at once to the first, and to each further one when the one before has written', async () => {
    const { lose, send, winNow } = await ledgerScene()
    expect((await lose()).problem).toMatchObject({ status: 409, reason: 'stale', retryAfterMs: 0 })
    const second = lose()
    expect(await isKept(second, send)).toBe(true)
    const third = lose()
    expect(await isKept(third, send)).toBe(true)
    await winNow()
    expect((await second).problem.retryAfterMs).toBe(0)
    expect(await isKept(third, send)).toBe(true)
    await winNow()
    expect((await third).problem.retryAfterMs).toBe(0)
  })

  it('is reported once', async () => {
    const seen = refusals()
    const { lose, send, winNow } = await ledgerScene()
    await lose()
    const second = lose()
    expect(await isKept(second, send)).toBe(true)
    await winNow()
    await second
    expect(seen.map(({ code, reason }) => [code, reason])).toEqual([
      ['version-conflict', 'stale'],
      ['version-conflict', 'stale'],
    ])
  })

  it('tells a turn where it did not come in time', async () => {
    const { clock, lose, send } = await ledgerScene({ claim: { wait: 30 } })
    await lose()
    // no more than claim.wait, whatever is preferred
    const kept = [lose({ Prefer: 'respond-async, WAIT="3600"; foo' }), lose({ Prefer: 'wait=1' })]
    expect(await isKept(Promise.race(kept), send)).toBe(true)
    await clock.advance(29)
    expect(await isKept(Promise.race(kept), send)).toBe(true)
    await clock.advance(1)
    const told = await Promise.all(kept)
    expect(told.map(({ problem }) => problem.retryAfterMs).sort((a = 0, b = 0) => a - b)).toEqual([5, 10])
  })

  it.each([
    ['no time', {}],
    ['a wait of nothing', { Prefer: 'wait=0' }],
    ['something else', { Prefer: 'return=minimal, waiting=2' }],
    ['what is no number', { Prefer: 'wait=soon' }],
    ['a wait below nothing', { Prefer: 'wait=-1' }],
  ])('comes at once, with a turn, to one that prefers %s', async (_what, headers) => {
    const { lose } = await ledgerScene()
    await lose()
    await lose({})
    expect((await lose(headers as Record<string, string>)).problem.retryAfterMs).toBe(5)
  })

  it('comes at once where nobody may wait', async () => {
    const { lose } = await ledgerScene({ claim: { wait: 0 } })
    const told = [await lose(), await lose()]
    expect(told.map(({ problem }) => problem.retryAfterMs)).toEqual([0, 5])
  })

  it('lets those that are told a turn come after those that wait', async () => {
    const { lose, send } = await ledgerScene()
    await lose()
    for (let waiting = 0; waiting < 3; waiting++) expect(await isKept(lose(), send)).toBe(true)
    expect((await lose({})).problem.retryAfterMs).toBe(15)
  })

  it('comes at once where it shows the version: that is the one of now', async () => {
    const { lose, tag } = await ledgerScene({ reveal: 'version' })
    await lose()
    const { problem } = await lose()
    expect(problem.retryAfterMs).toBe(5)
    expect(await tag()).toContain(problem.current?.version)
  })

  it('waits no longer than that since the request came, its wait for the key included', async () => {
    const inside = gate()
    const go = gate()
    const clock = fakeClock()
    const { put, send, tag } = await noteApi({ clock }, async (_req, res) => {
      inside.open()
      await go.opened
      res.json({})
    })
    const before = await tag()
    const winner = put('1', before)
    await inside.opened
    const timers = clock.pending
    const lose = () => send('PUT', '/notes/1', { headers: { 'If-Match': before, ...waits }, body: {} })
    const losers = [lose(), lose()]
    await vi.waitUntil(() => clock.pending === timers + 2)
    await clock.advance(1_960)
    go.open()
    await winner
    await vi.waitUntil(() => clock.pending > 0)
    // one is let go at once; the other has 40 ms left
    await Promise.race(losers)
    await clock.advance(40)
    const told = await Promise.all(losers)
    expect(told.map(({ problem }) => problem.reason)).toEqual(['race', 'race'])
  })

  it('waits under no claim: where a guard around it holds one, its turn is told', async () => {
    const clock = fakeClock()
    const ledger = memoryLedger()
    const folder = ifMatch({ key: () => 'folders/9', ledger, required: false, clock })
    const notes = ifMatch({ key: 'notes/:id', ledger, clock })
    const app = express()
      .use(express.json())
      .get('/notes/:id', notes.read(), (_req, res) => void res.json({}))
      .put('/notes/:id', folder.guard(), notes.guard(), (_req, res) => void res.json({}))
    const send = await serve(app)
    const { headers } = await send('GET', '/notes/1')
    const write = () =>
      send('PUT', '/notes/1', { headers: { 'If-Match': String(headers.etag), ...waits }, body: {} })
    // the folder is of the version still that this note had
    await notes.touch('notes/1')
    const lost = [await write(), await write()]
    expect(lost.map(({ problem }) => problem.resource)).toEqual(['notes/1', 'notes/1'])
    expect(lost.map(({ problem }) => problem.retryAfterMs)).toEqual([0, 5])
  })

  it('comes when a route that moves its key has written', async () => {
    const moves = ({ url }: { url?: string | undefined }) => (url?.endsWith('/2') === true ? ['notes/1'] : [])
    const { lose, put, send, tag } = await ledgerScene({ moves })
    await lose()
    const second = lose()
    expect(await isKept(second, send)).toBe(true)
    expect((await put('2', await tag('2'))).status).toBe(200)
    expect((await second).problem.retryAfterMs).toBe(0)
  })

  it('comes when touch() has moved its key on', async () => {
    const { guards, lose, send } = await ledgerScene()
    await lose()
    const second = lose()
    expect(await isKept(second, send)).toBe(true)
    await guards.touch('notes/1')
    expect((await second).problem.retryAfterMs).toBe(0)
  })

  it('is no reason for anybody else to wait: who names the state that is there writes', async () => {
    const { lose, send, winNow } = await ledgerScene()
    await lose()
    expect(await isKept(lose(), send)).toBe(true)
    expect((await winNow()).status).toBe(200)
  })

  it('passes over a client that has gone', async () => {
    const clock = fakeClock()
    const guards = ifMatch({ key: 'notes/:id', clock, required: true })
    const gone = gate()
    const app = express()
      .use((_req, res, next) => {
        res.once('close', () => {
          if (!res.writableFinished) gone.open()
        })
        next()
      })
      .put('/notes/:id', guards.guard(), (_req, res) => void res.json({}))
      .get('/notes/:id', guards.read(), (_req, res) => void res.json({}))
    const site = await start(app)
    const write = (tag: string, signal?: AbortSignal) =>
      fetch(`${site.url}/notes/1`, {
        method: 'PUT',
        headers: { 'If-Match': tag, ...waits },
        ...(signal === undefined ? {} : { signal }),
      })
    const tag = async () => (await ask(site, { path: '/notes/1' })).headers.etag ?? ''
    const before = await tag()
    await write(before)
    await write(before)
    const timers = clock.pending
    const leaving = new AbortController()
    const left = write(before, leaving.signal)
    left.catch(() => undefined)
    await vi.waitUntil(() => clock.pending === timers + 1)
    const stays = write(before)
    await vi.waitUntil(() => clock.pending === timers + 2)
    leaving.abort()
    await gone.opened
    // one commit: were the one that left still in the line, it would be let go in place of the other
    await write(await tag())
    const answer = await stays
    expect(await answer.json()).toMatchObject({ retryAfterMs: 0 })
  })

  it('under observe waits for nobody', async () => {
    const { lose } = await ledgerScene({ mode: 'observe' })
    for (let writes = 0; writes < 3; writes++) expect((await lose()).status).toBe(200)
  })
})
