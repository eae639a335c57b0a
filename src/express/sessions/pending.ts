import type { MaybePromise } from '../../core/ledger.js'

interface Failure {
  readonly cause: unknown
}

/** The promise of a write, as the handler got it. */
export interface HandedOut {
  /** somebody waits for it */
  readonly seen: boolean
  /** its failure is told in the answer, whether somebody waits for it or not */
  insist(): void
}

/** The writes that a handler has begun, awaited or not: its answer must not leave before they are done. */
export interface Pending {
  /** begins once those before it are done: the second write is compared with what the first one made */
  track<T>(work: (promise: HandedOut) => MaybePromise<T>): Promise<T>
  /** waits until all are done, and closes */
  settled(): Promise<void>
  /** the write has ended: whatever the handler begins from now on comes too late */
  close(): void
  readonly closed: boolean
  /** the last write, where it failed */
  readonly failure: Failure | undefined
  /** a write whose failure must be told in the answer, whatever the handler makes of it */
  readonly insistedFailure: Failure | undefined
  /** a write that failed while nobody awaited it */
  readonly unseenFailure: Failure | undefined
  /** the handler says that it changed nothing: a failure until now is dealt with */
  excuse(): void
}

export function pendingWork(): Pending {
  let last: Promise<unknown> = Promise.resolve()
  let failure: Failure | undefined
  let closed = false
  const handedOut: { readonly promise: Watched<unknown>; readonly failure: Failure }[] = []
  return {
    track<T>(work: (promise: HandedOut) => MaybePromise<T>) {
      const running: Promise<T> = last.then(() => work(promise))
      const promise = Watched.over(running)
      last = running.then(
        () => {
          failure = undefined
        },
        (cause: unknown) => {
          failure = { cause }
          handedOut.push({ promise, failure })
        },
      )
      return promise
    },
    async settled() {
      for (let seen; seen !== last;) await (seen = last)
      // in the same turn as the last look: nothing can begin between the two
      closed = true
    },
    close() {
      closed = true
    },
    get closed() {
      return closed
    },
    get failure() {
      return failure
    },
    get insistedFailure() {
      return handedOut.find(({ promise }) => promise.insisted)?.failure
    },
    get unseenFailure() {
      return handedOut.find(({ promise }) => !promise.seen)?.failure
    },
    excuse() {
      failure = undefined
    },
  }
}

/** A promise that knows whether somebody waits for it: one that nobody awaits must not hide its failure. */
class Watched<T> extends Promise<T> {
  seen = false
  insisted = false

  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  static over<T>(source: Promise<T>): Watched<T> {
    const watched = new Watched<T>((resolve, reject) => {
      source.then(resolve, reject)
    })
    // its rejection is reported by the held answer, and must not end the process
    void Promise.prototype.then.call(watched, undefined, () => undefined)
    return watched
  }

  insist(): void {
    this.insisted = true
  }

  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.seen = true
    return super.then(onFulfilled, onRejected)
  }
}
