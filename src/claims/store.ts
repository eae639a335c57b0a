import { IfMatchError } from '../core/errors.js'
import type { Ledger, MaybePromise, SwapResult } from '../core/ledger.js'
import { swapFrom, swapTo } from '../core/machine.js'
import { isPromise } from '../core/promise.js'
import type { LedgerRecord } from '../core/record.js'
import type { Deadlines } from './deadlines.js'

/** Told of an answer that came after its time, when whoever asked has been refused. May not throw. */
export interface Late<T> {
  late(answer: T): void
}

/** What the protocol asks of a ledger, each within a time limit; an answer in time is passed on without a promise. */
export interface TimedLedger {
  get(key: string): MaybePromise<LedgerRecord>
  getMany(keys: readonly string[]): MaybePromise<readonly LedgerRecord[]>
  swap(key: string, from: LedgerRecord, to: LedgerRecord, late?: Late<SwapResult>): MaybePromise<SwapResult>
}

export function timedLedger(ledger: Ledger, deadlines: Deadlines, ms: number): TimedLedger {
  const timed = <T>(answer: MaybePromise<T>, late?: Late<T>): MaybePromise<T> =>
    isPromise(answer) ? within(answer, deadlines, ms, ledger.name, late) : answer
  return {
    get: (key) => timed(ledger.get(key)),
    getMany: (keys) => timed(ledger.getMany(keys)),
    swap: (key, from, to, late) =>
      timed(ledger.compareAndSwap(key, { from: swapFrom(from), to: swapTo(from, to) }), late),
  }
}

/** Rejects with ERR_STORE_TIMEOUT after `ms`; a late answer goes to `late`, a late rejection nowhere. */
export function within<T>(
  answer: Promise<T>,
  deadlines: Deadlines,
  ms: number,
  store: string,
  late?: Late<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false
    const deadline = deadlines.setWaiting(ms, {
      due() {
        over = true
        reject(
          new IfMatchError(
            'ERR_STORE_TIMEOUT',
            `${store} did not answer within ${ms} ms (ERR_STORE_TIMEOUT, see docs/errors.md)`,
          ),
        )
      },
    })
    answer.then(
      (value) => {
        if (over) late?.late(value)
        else {
          deadline.line.drop(deadline)
          resolve(value)
        }
      },
      (error: unknown) => {
        if (!over) deadline.line.drop(deadline)
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the store rejects with
        reject(error)
      },
    )
  })
}
