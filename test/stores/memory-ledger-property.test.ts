import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { SwapResult } from '../../src/core/ledger.js'
import { claim, expire, move, renew, settle, swapFrom, swapTo, type Outcome } from '../../src/core/machine.js'
import { unseen, type LedgerRecord } from '../../src/core/record.js'
import { memoryLedger, type MemoryLedger } from '../../src/stores/memory.js'

const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31))

type Step =
  | { readonly do: 'read' | 'claim' | 'renew' | 'move' | 'expire' | 'stale'; readonly key: string }
  | { readonly do: 'settle'; readonly key: string; readonly outcome: Outcome }

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const
const key = fc.constantFrom(...KEYS)
const outcome = fc.constantFrom<Outcome>(
  { kind: 'written', existence: 'present' },
  { kind: 'written', existence: 'deleted' },
  { kind: 'written', existence: 'keep' },
  { kind: 'unwritten' },
  { kind: 'unknown' },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('read', 'claim', 'claim', 'renew', 'move', 'expire', 'stale'), key }),
  fc.record({ do: fc.constant('settle'), key, outcome }),
)

/** What a ledger that never forgets would hold, and every count that was once shown and is no longer current. */
class Model {
  readonly records = new Map<string, LedgerRecord>()
  readonly superseded = new Map<string, Set<number>>(KEYS.map((name) => [name, new Set()]))
  readonly shown = new Map<string, LedgerRecord>()
  readonly fences = new Map<string, number>()
  tokens = 0

  get claimed(): number {
    return [...this.records.values()].filter((record) => record.claim !== null).length
  }

  /** Compares one record that the ledger showed with everything known of its key. */
  see(name: string, record: LedgerRecord): void {
    const before = this.shown.get(name)
    const superseded = this.superseded.get(name)!
    expect(superseded).not.toContain(record.count)
    if (before !== undefined && before.count !== record.count) {
      expect(record.count).toBeGreaterThan(before.count)
      superseded.add(before.count)
    }
    expect(record.fence).toBeGreaterThanOrEqual(before?.fence ?? 0)
    this.shown.set(name, record)

    const known = this.records.get(name)
    if (known !== undefined && known.count === record.count) {
      expect(record).toEqual(known)
      return
    }
    // anything else was never written, or is forgotten: nothing is said of it, and claims are never forgotten
    expect(known?.claim ?? null).toBeNull()
    expect(record).toEqual({ ...unseen(record.count), fence: record.fence })
    this.records.delete(name)
  }
}

function run(ledger: MemoryLedger, model: Model, maxEntries: number, next: Step): void {
  const record = ledger.get(next.key)
  model.see(next.key, record)
  const token = record.claim?.token ?? 'nobody'
  const attempt = (to: LedgerRecord | undefined): void => {
    if (to !== undefined) swap(ledger, model, maxEntries, next.key, record, to)
  }
  switch (next.do) {
    case 'read':
      break
    case 'claim':
      attempt(claim(record, `token ${(model.tokens += 1)}`, 1000))
      break
    case 'renew':
      attempt(renew(record, token))
      break
    case 'move':
      attempt(move(record))
      break
    case 'expire':
      attempt(record.claim === null ? undefined : expire(record))
      break
    case 'settle':
      attempt(record.claim === null ? undefined : settle(record, token, next.outcome).record)
      break
    case 'stale':
      for (const count of model.superseded.get(next.key)!) {
        const stale = unseen(count)
        const late = { from: swapFrom(stale), to: swapTo(stale, { ...stale, count: count + 1 }) }
        expect(ledger.compareAndSwap(next.key, late)).toEqual({ swapped: false, record })
      }
  }
}

function swap(
  ledger: MemoryLedger,
  model: Model,
  maxEntries: number,
  name: string,
  from: LedgerRecord,
  to: LedgerRecord,
): void {
  let result: SwapResult
  try {
    result = ledger.compareAndSwap(name, { from: swapFrom(from), to: swapTo(from, to) })
  } catch (error) {
    expect(model.claimed).toBe(maxEntries)
    expect(model.records.get(name)?.claim ?? null).toBeNull()
    expect(String(error)).toContain('claimed')
    return
  }
  const claimed = to.claim === null ? null : { ...to.claim, remaining: 1000 }
  expect(result).toEqual({ swapped: true, record: { ...to, claim: claimed } })
  if (to.claim !== null && from.claim === null) {
    expect(to.fence).toBeGreaterThan(model.fences.get(name) ?? 0)
    model.fences.set(name, to.fence)
  }
  model.records.set(name, result.record)
  model.see(name, result.record)
}

it(`lets no superseded or forgotten version match, whatever is forgotten meanwhile (SEED=${seed})`, () => {
  const seen = { steps: 0, forgotten: 0, full: 0 }
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { minLength: 20, maxLength: 100 }),
      (maxEntries, steps) => {
        const ledger = memoryLedger({ maxEntries, clock: { now: () => 0 } })
        const model = new Model()
        for (const [index, next] of steps.entries()) {
          run(ledger, model, maxEntries, next)
          const records = new Map(model.records)
          // reads touch: from another key on each time, or the same one would always be the oldest
          const first = index % KEYS.length
          for (const name of [...KEYS.slice(first), ...KEYS.slice(0, first)])
            model.see(name, ledger.get(name))
          expect(model.records.size).toBeLessThanOrEqual(maxEntries)
          seen.steps += 1
          seen.forgotten += records.size - model.records.size
          seen.full += model.claimed === maxEntries ? 1 : 0
        }
      },
    ),
    { seed, numRuns: 300 },
  )
  // the interesting states were reached
  expect(seen.forgotten).toBeGreaterThan(100)
  expect(seen.full).toBeGreaterThan(100)
  console.log(`memoryLedger: ${JSON.stringify(seen)}`)
})
