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

/** A write that failed, and the promise of it that was handed out. */
interface Failed {
  readonly promise: Watched<unknown>
  readonly failure: Failure
}

/** The writes that a handler has begun, awaited or not: its answer must not leave before they are done. */
export class Pending {
  /** the last write, while it runs */
  #last: Promise<void> | undefined
  #failure: Failure | undefined
  #failed: Failed[] | undefined
  #closed = false

  /** begins once those before it are done: the second write is compared with what the first one made */
  track<T>(work: (promise: HandedOut) => MaybePromise<T>): Promise<T> {
    const running: Promise<T> = (this.#last ?? Promise.resolve()).then(() => work(promise))
    const promise = Watched.over(running)
    const ended = (failure: Failure | undefined) => {
      this.#failure = failure
      if (failure !== undefined) (this.#failed ??= []).push({ promise, failure })
      if (this.#last === last) this.#last = undefined
    }
    const last = running.then(
      () => {
        ended(undefined)
      },
      (cause: unknown) => {
        ended({ cause })
      },
    )
    this.#last = last
    return promise
  }

  /** waits until all are done, those too that the handler begins in the turn of its answer, and closes */
  async settled(): Promise<void> {
    do await this.#last
    while (this.#last !== undefined)
    // in the same turn as the last look: nothing can begin between the two
    this.close()
  }

  /** the write has ended: whatever the handler begins from now on comes too late */
  close(): void {
    this.#closed = true
  }

  get closed(): boolean {
    return this.#closed
  }

  /** the last write, where it failed */
  get failure(): Failure | undefined {
    return this.#failure
  }

  /** a write whose failure must be told in the answer, whatever the handler makes of it */
  get insistedFailure(): Failure | undefined {
    return this.#failed?.find(({ promise }) => promise.insisted)?.failure
  }

  /** a write that failed while nobody awaited it */
  get unseenFailure(): Failure | undefined {
    return this.#failed?.find(({ promise }) => !promise.seen)?.failure
  }

  /** the handler says that it changed nothing: a failure until now is dealt with */
  excuse(): void {
    this.#failure = undefined
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
