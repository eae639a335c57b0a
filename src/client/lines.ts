import { unlessAborted } from './unless-aborted.js'

/** One line for each URL: what is to be done there happens one after the other, in the order of asking. */
export class Lines {
  readonly #ends = new Map<string, Promise<unknown>>()

  /** `signal`: ends the waiting for the turn as well; `work` hears of it by itself */
  run<T>(url: string, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const turn = Promise.resolve(this.#ends.get(url)).then(work)
    const end = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#ends.get(url) === end) this.#ends.delete(url)
      })
    this.#ends.set(url, end)
    return unlessAborted(turn, signal)
  }
}
