import type { SwapResult } from '../../src/core/ledger.js'
import { claim, settle, swapFrom, swapTo } from '../../src/core/machine.js'
import type { LedgerRecord } from '../../src/core/record.js'
import type { MemoryLedger } from '../../src/stores/memory.js'

/** ms */
export const LEASE = 30_000

/** One step of the machine, over the ledger. */
export function swap(
  ledger: MemoryLedger,
  key: string,
  from: LedgerRecord,
  to: LedgerRecord | undefined,
): SwapResult {
  if (to === undefined) throw new Error('the machine refuses this step')
  return ledger.compareAndSwap(key, { from: swapFrom(from), to: swapTo(from, to) })
}

/** A claim on the key as it stands. */
export function hold(ledger: MemoryLedger, key: string, token = `token of ${key}`): SwapResult {
  const record = ledger.get(key)
  return swap(ledger, key, record, claim(record, token, LEASE))
}

let writes = 0

/** One whole write, from claim to settle. */
export function write(
  ledger: MemoryLedger,
  key: string,
  existence: 'present' | 'deleted' = 'present',
): LedgerRecord {
  const token = `write ${(writes += 1)} of ${key}`
  const { record } = hold(ledger, key, token)
  return swap(ledger, key, record, settle(record, token, { kind: 'written', existence }).record).record
}
