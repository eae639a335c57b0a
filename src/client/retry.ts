import { retry as attempts } from '@lifeomic/attempt'
import { conflictOf } from './conflict.js'
import { ClientError } from './errors.js'

export interface RetryOptions {
  /** how often the operation is tried at most, the first time included; 10 */
  readonly attempts?: number
  /** ms, the upper bound of the first wait; each further one may be twice as long. The wait itself is drawn evenly below that bound (full jitter); 20 */
  readonly firstDelay?: number
  /** ms, the upper bound of every drawn wait; 1000. A wait that the other side asks for comes besides, whatever its length */
  readonly maxDelay?: number
  /** ms for all tries and waits together; once it is over no further try begins; 30000 */
  readonly timeout?: number
  /** ends the waiting, and no further try begins; the operation gets it too */
  readonly signal?: AbortSignal
}

export interface ConflictRetryOptions extends RetryOptions {
  /**
   * Whether what the operation threw or answered is a conflict that another try may not meet: `true`, or the ms that
   * the other side asks to wait first. By default everything that `conflictOf` knows
   */
  readonly isConflict?: (outcome: unknown) => boolean | { readonly afterMs?: number | undefined }
  /** told of each conflict before the wait; to look, not to decide */
  readonly onRetry?: (outcome: unknown, attempt: number) => void
}

/** One try. */
export interface Attempt {
  /** from 1 */
  readonly number: number
  readonly signal: AbortSignal | undefined
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
  const { attempts: maxAttempts, firstDelay, maxDelay, timeout } = checked(options)
  const { signal, isConflict = conflictOf, onRetry } = options
  const end = performance.now() + timeout
  let number = 0
  const tries = attempts(
    async () => {
      signal?.throwIfAborted()
      number += 1
      const value = await operation({ number, signal })
      if (isConflict(value) === false) return value
      throw new Answered(value)
    },
    {
      maxAttempts,
      delay: firstDelay,
      factor: 2,
      maxDelay,
      jitter: true,
      async handleError(thrown: unknown, context) {
        const outcome = thrown instanceof Answered ? thrown.value : thrown
        const conflict = isConflict(outcome)
        const afterMs = typeof conflict === 'object' ? (conflict.afterMs ?? 0) : 0
        if (conflict === false || signal?.aborted || performance.now() + afterMs >= end) context.abort()
        else if (number < maxAttempts) {
          onRetry?.(outcome, number)
          await wait(afterMs, signal)
        }
      },
    },
  )
  try {
    return await orAborted(tries, signal)
  } catch (thrown) {
    if (thrown instanceof Answered) return thrown.value as T
    throw thrown
  }
}

function checked(options: RetryOptions): Required<Omit<RetryOptions, 'signal'>> {
  const { attempts = 10, firstDelay = 20, maxDelay = 1000, timeout = 30_000 } = options
  const given = { attempts: attempts - 1, firstDelay, maxDelay, timeout }
  for (const [name, value] of Object.entries(given)) {
    if (!Number.isInteger(value) || value < 0)
      throw new ClientError(
        'ERR_OPTION',
        `${name}: give a whole number, not below ${name === 'attempts' ? 1 : 0}.`,
      )
  }
  return { attempts, firstDelay, maxDelay, timeout }
}

/** Settles with the promise, or rejects once the signal is aborted, whichever comes first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** ms; ends early, without an error, when the signal is aborted */
function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms <= 0 || signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
