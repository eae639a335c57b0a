import type { SwapResult } from '../core/ledger.js'
import type { LedgerRecord } from '../core/record.js'
import type { TimedLedger } from './store.js'

/**
 * The swap that makes a claim. One whose answer was lost is looked up by its token before it is called a failure. One
 * that the store makes only after that (it was slow, or waited for a lock) has nobody behind it any more, and would keep
 * all others out for a whole lease: `release` gives it back.
 */
export async function swapOrLook(
  store: TimedLedger,
  key: string,
  from: LedgerRecord,
  to: LedgerRecord,
  release: (made: LedgerRecord) => Promise<unknown>,
): Promise<SwapResult> {
  const isOurs = ({ claim }: LedgerRecord): boolean => claim?.token === to.claim?.token
  let made: LedgerRecord | undefined
  let failed = false
  const late = ({ record }: SwapResult): void => {
    if (!isOurs(record)) return
    made = record
    // a settlement never rejects; where the store is away again, the lease ends it
    if (failed) void release(record)
  }
  try {
    const result = await store.swap(key, from, to, late)
    // a driver that sends again what got no answer is refused by its own first attempt
    return isOurs(result.record) ? { swapped: true, record: result.record } : result
  } catch (error) {
    const seen = await look(store, key)
    const found = made ?? seen.record
    if (found !== undefined && isOurs(found)) return { swapped: true, record: found }
    failed = true
    throw seen.record === undefined ? seen.cause : error
  }
}

type Look = { readonly record: LedgerRecord } | { readonly record?: undefined; readonly cause: unknown }

async function look(store: TimedLedger, key: string): Promise<Look> {
  try {
    return { record: await store.get(key) }
  } catch (cause) {
    return { cause }
  }
}
