import express from 'express'
import { ifMatch, memoryLedger, problems, type Ledger, type LedgerOptions } from 'express-if-match'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { laterLedger } from '../support/ledgers.js'
import { lastResort } from '../support/orders.js'

describe('moves', () => {
  /** Transfers between accounts: each moves both, and names them in its own order. */
  function bank(ledger: Ledger, moves?: NonNullable<LedgerOptions['moves']>) {
    const guards = ifMatch({
      ledger,
      key: 'accounts/:id',
      required: false,
      moves: moves ?? ((req) => [`accounts/${new URL(req.url, 'http://x').searchParams.get('to')}`]),
    })
    const app = express()
    app.get('/accounts/:id', guards.read(), (_req, res) => res.json({}))
    app.put('/accounts/:id', guards.guard(), (req, res) => {
      if (req.query['status'] !== undefined) res.status(Number(req.query['status'])).json({})
      else res.json({})
    })
    return { guards, served: serve(app.use(problems()).use(lastResort)) }
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
    const later = { ...clock, now: () => clock.now() + 60_000 }
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
