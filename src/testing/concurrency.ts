import type { MaybePromise } from '../core/ledger.js'

/** How many contend at once, and how often: enough that a window of one turn of the event loop is met each time. */
export const WRITERS = 20
export const ROUNDS = 5

/** Several handles onto one state. */
export async function several<Handle>(subject: {
  open(): Promise<Handle>
}): Promise<readonly [Handle, Handle, Handle]> {
  return [await subject.open(), await subject.open(), await subject.open()]
}

/** All attempts at once, dealt over the handles. */
export function contend<Handle, T>(
  handles: readonly Handle[],
  attempt: (handle: Handle, writer: number) => MaybePromise<T>,
): Promise<T[]> {
  const contenders = Array.from({ length: WRITERS }, (_, writer) => handles[writer % handles.length])
  return Promise.all(contenders.map(async (handle, writer) => attempt(handle as Handle, writer)))
}

/**
 * Goes on with what may be a promise, at once where it is none: a client that others share takes only
 * synchronous work, and the cases of transactions must suit both.
 */
export function chain<A, B>(value: MaybePromise<A>, next: (value: A) => MaybePromise<B>): MaybePromise<B> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** A promise of whatever make. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as Partial<Promise<T>> | undefined | null)?.then === 'function'
}
