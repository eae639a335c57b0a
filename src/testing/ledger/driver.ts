import assert from 'node:assert/strict'
import type { Ledger, LedgerSteps, MaybePromise, Swap, SwapResult } from '../../core/ledger.js'
import { claim, presumed, settle, swapFrom, swapTo } from '../../core/machine.js'
import type { Outcome, Settlement } from '../../core/machine.js'
import type { LedgerRecord } from '../../core/record.js'
import type { ContractCase } from '../contract.js'
import type { LedgerSubject } from '../subjects.js'

export type LedgerCase = ContractCase<LedgerSubject>
export type AnyLedger = Ledger

/** ms; no case waits that long */
export const LEASE = 60_000

export const WRITTEN: Outcome = { kind: 'written', existence: 'present' }
export const DELETED: Outcome = { kind: 'written', existence: 'deleted' }

/** A record without what the store's clock adds, so that two readings of one state are equal. */
export function timeless(record: LedgerRecord): LedgerRecord {
  const { count, existence, fence, claim: held, settled } = record
  if (held === null) return { count, existence, fence, claim: null, settled }
  const { token, beat, lease, doubtful } = held
  return { count, existence, fence, claim: { token, beat, lease, doubtful }, settled }
}

/** What a swap between the two compares and writes. */
export function change(from: LedgerRecord, to: LedgerRecord): Swap {
  return { from: swapFrom(from), to: swapTo(from, to) }
}

/** One step of the machine, as the library drives it. */
export async function swap(
  ledger: LedgerSteps,
  key: string,
  from: LedgerRecord,
  to: LedgerRecord,
): Promise<SwapResult> {
  return ledger.compareAndSwap(key, change(from, to))
}

/** A step that nothing stands in the way of. */
export async function step(
  ledger: LedgerSteps,
  key: string,
  from: LedgerRecord,
  to: LedgerRecord | undefined,
): Promise<LedgerRecord> {
  assert.ok(
    to !== undefined,
    `the store told of a record that the machine refuses here: ${JSON.stringify(from)}`,
  )
  const { swapped, record } = await swap(ledger, key, from, to)
  assert.ok(swapped, `a swap from the current record was refused; it stands at ${JSON.stringify(record)}`)
  return record
}

/** Makes the resource exist, as a POST would. */
export async function create(ledger: LedgerSteps, key: string): Promise<LedgerRecord> {
  const before = await ledger.get(key)
  return step(ledger, key, before, {
    ...before,
    count: before.count + 1,
    existence: 'present',
    settled: null,
  })
}

/** Claims what is free, after a look at it. */
export async function take(
  ledger: LedgerSteps,
  key: string,
  token: string,
  lease = LEASE,
): Promise<LedgerRecord> {
  const before = await ledger.get(key)
  return step(ledger, key, before, claim(before, token, lease))
}

/** Claims without a look, as the library does where the client named the version. */
export async function takeBlind(
  ledger: LedgerSteps,
  key: string,
  count: number,
  token: string,
): Promise<SwapResult> {
  const free = presumed(count)
  return swap(ledger, key, free, claim(free, token, LEASE) ?? free)
}

/** Ends a claim as the library does: reads, swaps, and looks again where another was faster or no answer came. */
export async function finish(
  ledger: LedgerSteps,
  key: string,
  token: string,
  outcome: Outcome,
): Promise<{ record: LedgerRecord; settlement: Settlement }> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const before = await ledger.get(key)
    const { record, settlement } = settle(before, token, outcome)
    if (record === before) return { record, settlement }
    const answer = await swap(ledger, key, before, record).catch(lost)
    if (answer?.swapped === true) return { record: answer.record, settlement }
  }
  return assert.fail('ten swaps in a row, each from the record just read, were all refused')
}

/** One write from beginning to end: the record that it left. */
export async function write(
  ledger: LedgerSteps,
  key: string,
  token: string,
  outcome: Outcome,
): Promise<LedgerRecord> {
  await take(ledger, key, token)
  const { record, settlement } = await finish(ledger, key, token, outcome)
  assert.equal(settlement, 'settled', 'a claim that nobody disturbed did not settle')
  return record
}

/** One transaction, whose failure is a rejection whether the store works at once or with promises. */
export async function transact<T>(
  ledger: AnyLedger,
  work: (steps: LedgerSteps, client: unknown) => MaybePromise<T>,
): Promise<T> {
  if (ledger.transaction === undefined)
    return assert.fail('a ledger that declares `transaction` must have it')
  return ledger.transaction(work)
}

const LOST = new Error('the connection was cut before the answer came')

function lost(error: unknown): undefined {
  if (error !== LOST) throw error
}

/** The same ledger over a connection that is cut at the next swap: before the store makes it, or after. */
export function cut(ledger: LedgerSteps, when: 'before' | 'after'): LedgerSteps {
  let whole = true
  return {
    get: (key) => ledger.get(key),
    async compareAndSwap(key, change) {
      const cutting = whole
      whole = false
      if (cutting && when === 'before') throw LOST
      const answer = await ledger.compareAndSwap(key, change)
      if (cutting) throw LOST
      return answer
    },
  }
}
