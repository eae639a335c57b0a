import type { MaybePromise, SwapResult } from '../core/ledger.js'
import { isPromise } from '../core/promise.js'
import type { LedgerRecord } from '../core/record.js'
import type { LaterLooks } from './later-looks.js'
import type { Late, TimedLedger } from './store.js'

/**
 * The swap that makes a claim. One whose answer was lost is looked up by its token before it is called a failure. One
 * that the store makes only after that (it was slow, or waited for a lock) has nobody behind it any more, and would keep
 * all others out for a whole lease: `attempt` gives it back.
 */
export function swapOrLook(
  store: TimedLedger,
  key: string,
  from: LedgerRecord,
  to: LedgerRecord,
  attempt: ClaimAttempt,
): MaybePromise<SwapResult> {
  let result: MaybePromise<SwapResult>
  try {
    result = store.swap(key, from, to, attempt)
  } catch (error) {
    return swapOf(store, key, to, attempt).look(error)
  }
  // what is answered at once was sent once
  return isPromise(result) ? swapOf(store, key, to, attempt).follow(result) : result
}

/** ms before each look for a claim of which nobody could be told; the first that the store answers is the last */
const LATER_LOOKS: readonly number[] = [1_000, 3_000, 9_000]

/** Whose claim it is to be. */
export interface ClaimAttempt extends Late<SwapResult> {
  readonly looks: LaterLooks
  /** hears of a late answer */
  swapping: Late<SwapResult> | undefined
  /** gives back a claim that nobody is behind any more */
  release(made: LedgerRecord): unknown
  /** its client has been refused: what is left of the attempt must not keep the request and its body */
  forgetClient(): void
}

function swapOf(store: TimedLedger, key: string, to: LedgerRecord, attempt: ClaimAttempt): ClaimSwap {
  const swap = new ClaimSwap(store, key, to.claim?.token, attempt)
  attempt.swapping = swap
  return swap
}

class ClaimSwap implements Late<SwapResult> {
  #made: LedgerRecord | undefined
  #failed = false

  constructor(
    readonly store: TimedLedger,
    readonly key: string,
    readonly token: string | undefined,
    readonly attempt: ClaimAttempt,
  ) {}

  follow(answer: Promise<SwapResult>): Promise<SwapResult> {
    return answer.then(
      // a driver that sends again what got no answer is refused by its own first attempt
      (result) => (!result.swapped && this.#isOurs(result.record) ? { ...result, swapped: true } : result),
      (error: unknown) => this.look(error),
    )
  }

  late({ record }: Pick<SwapResult, 'record'>): void {
    if (!this.#isOurs(record)) return
    this.#made = record
    // a settlement never rejects; where the store is away again, the lease ends it
    if (this.#failed) this.attempt.release(record)
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
    if (seen === undefined) {
      this.attempt.forgetClient()
      this.#lookLater(LATER_LOOKS)
    }
    throw cause
  }

  /** a client that gives a command up by itself (ioredis' commandTimeout) tells of no late answer: the store makes it all the same */
  #lookLater([pause, ...others]: readonly number[]): void {
    if (pause === undefined) return
    this.attempt.looks.after(pause, () => void this.#lookAgain(others))
  }

  async #lookAgain(others: readonly number[]): Promise<void> {
    try {
      this.late({ record: await this.store.get(this.key) })
    } catch {
      this.#lookLater(others)
    }
  }

  #isOurs({ claim }: LedgerRecord): boolean {
    return claim?.token === this.token
  }
}
