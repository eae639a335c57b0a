import type { MaybePromise, SwapResult } from '../core/ledger.js'
import { isPromise } from '../core/promise.js'
import type { LedgerRecord } from '../core/record.js'
import type { Late, TimedLedger } from './store.js'

/**
 * The swap that makes a claim. One whose answer was lost is looked up by its token before it is called a failure. One
 * that the store makes only after that (it was slow, or waited for a lock) has nobody behind it any more, and would keep
 * all others out for a whole lease: `owner` gives it back.
 */
export function swapOrLook(
  store: TimedLedger,
  key: string,
  from: LedgerRecord,
  to: LedgerRecord,
  owner: Releasing,
): MaybePromise<SwapResult> {
  const attempt = new ClaimSwap(store, key, to.claim?.token, owner)
  let result: MaybePromise<SwapResult>
  try {
    result = store.swap(key, from, to, attempt)
  } catch (error) {
    return attempt.look(error)
  }
  if (!isPromise(result)) return attempt.recognise(result)
  return result.then(
    (told) => attempt.recognise(told),
    (error: unknown) => attempt.look(error),
  )
}

/** Gives back a claim that nobody is behind any more. */
export interface Releasing {
  release(made: LedgerRecord): unknown
}

class ClaimSwap implements Late<SwapResult> {
  #made: LedgerRecord | undefined
  #failed = false

  constructor(
    readonly store: TimedLedger,
    readonly key: string,
    readonly token: string | undefined,
    readonly owner: Releasing,
  ) {}

  /** a driver that sends again what got no answer is refused by its own first attempt */
  recognise(result: SwapResult): SwapResult {
    return !result.swapped && this.#isOurs(result.record) ? { swapped: true, record: result.record } : result
  }

  late({ record }: SwapResult): void {
    if (!this.#isOurs(record)) return
    this.#made = record
    // a settlement never rejects; where the store is away again, the lease ends it
    if (this.#failed) this.owner.release(record)
  }

  async look(error: unknown): Promise<SwapResult> {
    let cause = error
    let seen: LedgerRecord | undefined
    try {
      seen = await this.store.get(this.key)
    } catch (failure) {
      cause = failure
    }
    const found = this.#made ?? seen
    if (found !== undefined && this.#isOurs(found)) return { swapped: true, record: found }
    this.#failed = true
    throw cause
  }

  #isOurs({ claim }: LedgerRecord): boolean {
    return claim?.token === this.token
  }
}
