import express from 'express'
import { ifMatch, memoryLedger, problems, type Ledger } from 'express-if-match'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { gate, serve } from '../support/api.js'
import { heldLedger, laterLedger } from '../support/ledgers.js'
import { noteApi } from '../support/notes.js'
import { lastResort } from '../support/orders.js'

describe('moves', () => {
  /** Transfers between accounts: each moves both, and names them in its own order. */
  function bank(ledger: Ledger, moves?: (req: { url?: string }) => readonly string[]) {
    const inside = { both: gate() }
    const guards = ifMatch({
      ledger,
      key: 'accounts/:id',
      required: false,
      moves: moves ?? ((req) => [`accounts/${new URL(req.url ?? '', 'http://x').searchParams.get('to')}`]),
    })
    const app = express()
    app.get('/accounts/:id', guards.read(), (_req, res) => res.json({}))
    app.put('/accounts/:id', guards.guard(), (req, res) => {
      if (req.query['status'] !== undefined) res.status(Number(req.query['status'])).json({})
      else res.json({})
    })
    return { guards, inside, served: serve(app.use(problems()).use(lastResort)) }
  }

  it.each([
    ['at once', memoryLedger],
    ['later', laterLedger],
  ])('over a ledger that answers %s: A→B and B→A do not wait for each other', async (_name, ledger) => {
    const { served, guards } = bank(ledger())
    const send = await served
    const before = await guards.versions(['accounts/A', 'accounts/B'])
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        index % 2 === 0 ? send('PUT', '/accounts/A?to=B') : send('PUT', '/accounts/B?to=A'),
      ),
    )
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200))
    const after = await guards.versions(['accounts/A', 'accounts/B'])
    const steps = after.map((version, index) => countOf(version) - countOf(before[index] ?? ''))
    expect(steps).toEqual([10, 10])
  })

  it('a refusal moves neither, an unknown outcome moves both', async () => {
    const { served, guards } = bank(memoryLedger())
    const send = await served
    const counts = async () => (await guards.versions(['accounts/A', 'accounts/B'])).map(countOf)
    await send('PUT', '/accounts/A?to=B&status=422')
    expect(await counts()).toEqual([0, 0])
    await send('PUT', '/accounts/A?to=B&status=500')
    expect(await counts()).toEqual([1, 1])
  })

  it('lets go of the first where the second cannot be had', async () => {
    const { ledger, failing } = partly(memoryLedger())
    const { served } = bank(ledger)
    const send = await served
    failing.add('accounts/B')
    expect((await send('PUT', '/accounts/A?to=B')).status).toBe(503)
    failing.clear()
    expect((await send('PUT', '/accounts/A?to=C')).status).toBe(200)
  })

  it('after a crash in between, neither key keeps its version', async () => {
    const clock = fakeClock()
    const store = memoryLedger({ clock })
    const crashed = ifMatch({ ledger: store, key: 'a/:id', required: false, moves: () => ['b'], clock })
    const app = express().put('/a/:id', crashed.guard(), () => undefined)
    const doomed = (await serve(app))('PUT', '/a/1')
    doomed.catch(() => undefined)
    while (store.get('a/1').claim === null || store.get('b').claim === null)
      await new Promise((resolve) => setImmediate(resolve))
    // another process, after the lease: nobody has renewed
    const later = { now: () => clock.now() + 60_000, date: () => 0, after: clock.after }
    const other = ifMatch({ ledger: afterwards(store), clock: later })
    await other.versions(['a/1', 'b'])
    expect([store.get('a/1'), store.get('b')]).toMatchObject([
      { count: 1, existence: 'unknown' },
      { count: 1, existence: 'unknown' },
    ])
  })

  it.each([[undefined], ['accounts/B'], [['']], [[undefined]]])('giving %o is a mistake', async (given) => {
    const { served } = bank(memoryLedger(), () => given as never)
    const answer = await (await served)('PUT', '/accounts/A')
    if (given === undefined) expect(answer.status).toBe(200)
    else expect(answer.json).toMatchObject({ code: 'ERR_KEY_INVALID' })
  })
})

describe('claim', () => {
  it('wait: 0 turns a second writer away, with Retry-After', async () => {
    const inside = gate()
    const go = gate()
    const { put, tag } = await noteApi({ claim: { wait: 0 } }, async (_req, res) => {
      inside.open()
      await go.opened
      res.json({})
    })
    const before = await tag()
    const first = put('1', before)
    await inside.opened
    const second = await put('1', before)
    expect(second).toMatchObject({
      status: 409,
      problem: { code: 'write-in-progress', applied: 'no', retryable: true, retryAfterMs: 1000 },
    })
    expect(second.headers['retry-after']).toBe('1')
    expect(second.headers.etag).toBeUndefined()
    go.open()
    expect((await first).status).toBe(200)
  })

  it('remaining: the lease is what is left, and is not renewed', async () => {
    const clock = fakeClock()
    const store = memoryLedger({ clock })
    const go = gate()
    const inside = gate()
    const api = await noteApi({ ledger: store, clock, claim: { remaining: () => 7_000 } }, async (_req, res) => {
      inside.open()
      await go.opened
      res.json({})
    })
    const first = api.put('1', await api.tag())
    await inside.opened
    expect(store.get('notes/1').claim).toMatchObject({ lease: 7_000, beat: 0 })
    await clock.advance(6_000)
    expect(store.get('notes/1').claim).toMatchObject({ beat: 0 })
    go.open()
    expect((await first).status).toBe(200)
  })

  it('remaining that is no number is a mistake', async () => {
    const api = await noteApi({ claim: { remaining: () => undefined as never } })
    expect((await api.put('1', '"x-0"')).status).toBe(400)
    expect((await api.put('1', await api.tag())).json).toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })

  it('is renewed while the handler runs', async () => {
    const clock = fakeClock()
    const store = memoryLedger({ clock })
    const inside = gate()
    const go = gate()
    const api = await noteApi({ ledger: store, clock, claim: { lease: 3_000 } }, async (_req, res) => {
      inside.open()
      await go.opened
      res.json({})
    })
    const first = api.put('1', await api.tag())
    await inside.opened
    await clock.advance(9_500)
    expect(store.get('notes/1').claim?.beat).toBeGreaterThanOrEqual(6)
    go.open()
    expect((await first).status).toBe(200)
  })
})

describe('a store that fails', () => {
  it('before the claim: 503, Retry-After, and no effect', async () => {
    const { ledger, fail } = heldLedger()
    const { put, tag, notes } = await noteApi({ ledger })
    const before = await tag()
    fail()
    const answer = await put('1', before)
    expect(answer).toMatchObject({ status: 503, problem: { code: 'store-unavailable', applied: 'no' } })
    expect(answer.headers['retry-after']).toBe('1')
    expect(notes.get('1')).toEqual({ text: 'a' })
  })

  it('by not answering: 503 in time', async () => {
    const clock = fakeClock()
    const { ledger, hold, asked } = heldLedger()
    const { put, tag, notes } = await noteApi({ ledger, clock })
    const before = await tag()
    hold()
    const held = put('1', before)
    await asked()
    // the claim, then the look at whether it was made after all
    await clock.advance(2_000)
    await clock.advance(2_000)
    expect(await held).toMatchObject({ status: 503, problem: { code: 'store-unavailable' } })
    expect(notes.get('1')).toEqual({ text: 'a' })
  })

  it('on settle: the outcome is unknown, and nothing of the success is left', async () => {
    const { ledger, fail } = heldLedger()
    const { put, tag } = await noteApi({ ledger }, (_req, res) => {
      fail()
      res.set('Location', '/new').status(201).json({})
    })
    const answer = await put('1', await tag())
    expect(answer).toMatchObject({ status: 500, problem: { code: 'outcome-unknown', applied: 'unknown' } })
    expect(answer.headers.location).toBeUndefined()
    expect(answer.headers.etag).toBeUndefined()
  })

  it('on settle of a refusal: that leaves as it is', async () => {
    const { ledger, fail } = heldLedger()
    const { put, tag } = await noteApi({ ledger }, (_req, res) => {
      fail()
      res.status(422).json({ no: true })
    })
    expect(await put('1', await tag())).toMatchObject({ status: 422, json: { no: true } })
  })

  it('overtaken: the outcome is unknown', async () => {
    const { put, tag, guards } = await noteApi({}, async (_req, res) => {
      await guards.touch('notes/1')
      res.json({})
    })
    expect(await put('1', await tag())).toMatchObject({ status: 500, problem: { code: 'outcome-unknown' } })
  })
})

function countOf(version: string): number {
  return Number(version.slice(version.lastIndexOf('-') + 1))
}

/** A ledger that is down for some keys. */
function partly(ledger: Ledger): { ledger: Ledger; failing: Set<string> } {
  const failing = new Set<string>()
  const check = (key: string) => {
    if (failing.has(key)) throw new Error(`the store is down for ${key}`)
  }
  return {
    failing,
    ledger: {
      ...ledger,
      get: (key) => (check(key), ledger.get(key)),
      compareAndSwap: (key, swap) => (check(key), ledger.compareAndSwap(key, swap)),
    },
  }
}

/** The same store, as its own clock sees it when every lease has run out. */
function afterwards(ledger: Ledger): Ledger {
  const over = async (key: string) => {
    const record = await ledger.get(key)
    return record.claim === null ? record : { ...record, claim: { ...record.claim, remaining: 0 } }
  }
  return { ...ledger, get: over, getMany: (keys) => Promise.all(keys.map(over)) }
}
