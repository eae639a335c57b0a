import type { Ledger } from 'express-if-match/core'

/** One that answers at once. */
type LedgerAtOnce = {
  readonly [Step in 'get' | 'compareAndSwap']: (
    ...asked: Parameters<Ledger[Step]>
  ) => Exclude<ReturnType<Ledger[Step]>, Promise<unknown>>
}

/** Writes each key once, as a guarded PUT does: a claim, and its settlement. */
export function writeKeys(ledger: LedgerAtOnce, keys: number, keyOf: (index: number) => string): void {
  for (let index = 0; index < keys; index += 1) {
    const key = keyOf(index)
    const { count } = ledger.get(key)
    const token = `${String(index)}-as-long-as-a-random-uuid-would-be`
    const held = { count, token, beat: 0, lease: 30_000, doubtful: false, raiseFence: true }
    const claimed = ledger.compareAndSwap(key, { from: { count, token: null, beat: 0 }, to: held })
    const settled = ledger.compareAndSwap(key, {
      from: held,
      to: { ...held, count: count + 1, token: null, raiseFence: false, existence: 'present', settled: token },
    })
    if (!claimed.swapped || !settled.swapped) throw new Error(`${key} was not written`)
  }
}
