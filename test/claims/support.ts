import { claimsOver, type Claims } from '../../src/claims/claims.js'
import type { Acquired, AcquireOptions } from '../../src/claims/acquire.js'
import type { Ledger } from '../../src/core/ledger.js'
import type { LedgerRecord } from '../../src/core/record.js'
import { memoryLedger } from '../../src/stores/memory.js'
import { fakeClock } from '../../src/testing/clock.js'

/**
 * What happens to the next call: done and not told, not done and not told, never answered, done, and once more
 * by a driver that lost its connection in between, done only when `calm` is called, done and told only then, or done
 * only then while the driver has given it up.
 */
export type Fault = 'answer-lost' | 'call-lost' | 'hangs' | 'sent-twice' | 'late' | 'told-late' | 'given-up'

/** A ledger as another machine would be: asynchronous, without a clock of its own, counted, and faulty on demand. */
export function remoteLedger() {
  const inner = memoryLedger()
  const calls: string[] = []
  const faults: { get: Fault[]; swap: Fault[] } = { get: [], swap: [] }
  let calm = () => {}
  const storm = new Promise<void>((resolve) => (calm = resolve))

  const call = async <T>(name: 'get' | 'swap', work: () => T): Promise<T> => {
    calls.push(name)
    const fault = faults[name].shift()
    await Promise.resolve()
    if (fault === 'hangs') return new Promise<T>(() => {})
    if (fault === 'late') await storm
    if (fault === 'given-up') {
      void storm.then(work)
      throw new Error('the command took too long')
    }
    if (fault === 'call-lost') throw new Error('the connection was cut')
    if (fault === 'sent-twice') work()
    const answer = work()
    if (fault === 'told-late') await storm
    if (fault === 'answer-lost') throw new Error('the connection was cut')
    return answer
  }
  const ledger: Ledger = {
    name: 'remote',
    epoch: '',
    get: (key) => call('get', () => clockless(inner.get(key))),
    getMany: (keys) => call('get', () => keys.map((key) => clockless(inner.get(key)))),
    compareAndSwap: (key, swap) =>
      call('swap', () => {
        const { swapped, record } = inner.compareAndSwap(key, swap) as {
          swapped: boolean
          record: LedgerRecord
        }
        return { swapped, record: clockless(record) }
      }),
  }
  return { ledger, calls, faults, calm }
}

function clockless(record: LedgerRecord): LedgerRecord {
  if (record.claim === null) return record
  const { remaining: _, ...claim } = record.claim
  return { ...record, claim }
}

export const KEY = 'articles/1'

/** Two processes over one ledger, each with a clock and a line of its own. */
export function processes() {
  const remote = remoteLedger()
  const clock = fakeClock()
  const start = (): Claims => claimsOver(remote.ledger, clock, 1_000)
  return { ...remote, clock, here: start(), there: start() }
}

export function options(more: Partial<AcquireOptions> = {}): AcquireOptions {
  return { key: KEY, expectation: { kind: 'unconditional' }, lease: 3_000, renewing: true, wait: 0, ...more }
}

export function names(...counts: number[]): AcquireOptions['expectation'] {
  return { kind: 'one-of', versions: counts.map(String), weak: false, source: 'if-match' }
}

/** The claim, or a failing test. */
export function claimed(acquired: Acquired) {
  if (acquired.got !== 'claim') throw new Error(`expected a claim, got ${acquired.got}`)
  return acquired.claim
}

export const WRITTEN = { kind: 'written', existence: 'present' } as const

/** Lets everything that is ready run: microtasks only, since the stores here answer without timers. */
export async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}
