import type { MaybePromise } from './ledger.js'

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** What was thrown at once, as a rejection. */
export function rejected(error: unknown): Promise<never> {
  return Promise.resolve().then(() => {
    throw error
  })
}

/** `next` of a value that may have to be waited for, without a promise where it need not be. */
export function chain<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isPromise(value) ? value.then(next) : next(value)
}
