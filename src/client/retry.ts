import { defaultCalculateDelay, retry as attempts, sleep } from '@lifeomic/attempt'
import { conflictOf } from './conflict.js'
import { check } from './errors.js'
import { unlessAborted } from './unless-aborted.js'

export interface RetryOptions {
  /** how often the operation is tried at most, the first time included; 100 */
  readonly attempts?: number | undefined
  /** ms, the upper bound of the first wait; each further one may be twice as long. The wait itself is drawn evenly below that bound (full jitter); 750 */
  readonly firstDelay?: number | undefined
  /** ms, the upper bound of every drawn wait; 2000. A wait that the other side asks for comes besides, whatever its length */
  readonly maxDelay?: number | undefined
  /** ms for all tries and waits together; once it is over no further try begins; 30000 */
  readonly timeout?: number | undefined
  /** ends the waiting, and no further try begins; the operation gets it too */
  readonly signal?: AbortSignal | undefined
}

/** What the other side asks for. */
export interface Wait {
  readonly afterMs?: number | undefined
  /** nobody else comes at that moment, so nothing is drawn besides */
  readonly isTurn?: boolean | undefined
}

export interface ConflictRetryOptions extends RetryOptions {
  /**
   * Whether what the operation threw or answered is a conflict that another try may not meet: `true`, or the ms that
   * the other side asks to wait first. By default everything that `conflictOf` knows
   */
  readonly isConflict?: (outcome: unknown) => boolean | Wait
}

/** One try. */
export interface Attempt {
  /** from 1 */
  readonly number: number
  readonly signal: AbortSignal | undefined
  /** lets the tries take so many ms more, because a person was asked */
  readonly extend: (ms: number) => void
}

/** The bounds, or what is usual; throws ERR_OPTION. */
export function readLimits({
  attempts = 100,
  firstDelay = 750,
  maxDelay = 2000,
  timeout = 30_000,
  signal,
  ...unknown
}: RetryOptions) {
  for (const name of Object.keys(unknown)) check(false, name, 'is no option')
  for (const [name, value] of Object.entries({ attempts: attempts - 1, firstDelay, maxDelay, timeout })) {
    check(Number.isInteger(value) && value >= 0, name, 'give a whole number, attempts from 1')
  }
  return { attempts, firstDelay, maxDelay, timeout, signal }
}

/** What was answered, not thrown: the loop below knows errors only. */
class Answered extends Error {
  constructor(readonly value: unknown) {
    super()
  }
}

/**
 * Tries an operation again for as long as it meets a conflict: an answer or an error that says that somebody else was
 * faster, or that there is too much to do. Anything else is passed on at once. The operation must be safe to repeat:
 * one that reads what it builds on anew each time.
 *
 * Answers what the last try did; throws what it threw. Throws the signal's reason once that is aborted, and
 * ERR_OPTION for a wrong option.
 */
export async function retry<T>(
  operation: (attempt: Attempt) => T | Promise<T>,
  options: ConflictRetryOptions = {},
): Promise<T> {
  const { isConflict = conflictOf, ...limits } = options
  const { attempts: maxAttempts, firstDelay, maxDelay, timeout, signal } = readLimits(limits)
  let end = performance.now() + timeout
  let number = 0
  let last: unknown
  /** the first try waits for nobody */
  let wait: Wait = { isTurn: true }
  const extend = (ms: number): void => {
    end += ms
  }
  const tries = attempts(
    async () => {
      signal?.throwIfAborted()
      // the time may have ended in the drawn wait
      if (number > 0 && performance.now() >= end) throw last
      number += 1
      const value = await operation({ number, signal, extend })
      if (isConflict(value) === false) return value
      throw new Answered(value)
    },
    {
      maxAttempts,
      delay: Math.min(firstDelay, maxDelay),
      factor: 2,
      maxDelay,
      jitter: true,
      // asked for the first try too
      calculateDelay: (context, all) => (wait.isTurn ? 0 : defaultCalculateDelay(context, all)),
      async handleError(thrown: unknown, context) {
        last = thrown
        const conflict = isConflict(thrown instanceof Answered ? thrown.value : thrown)
        wait = Object(conflict) as Wait
        const { afterMs = 0 } = wait
        if (conflict === false || signal?.aborted || performance.now() + afterMs >= end) context.abort()
        else if (afterMs && number < maxAttempts) await sleep(afterMs)
      },
    },
  )
  try {
    return await unlessAborted(tries, signal)
  } catch (thrown) {
    if (thrown instanceof Answered) return thrown.value as T
    throw thrown
  }
}
