/** One line for each URL: what is to be done there happens one after the other, in the order of asking. */
export class Lines {
  readonly #ends = new Map<string, Promise<unknown>>()

  async run<T>(url: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#ends.get(url) ?? Promise.resolve()).then(work, work)
    const end = turn.catch(() => undefined)
    this.#ends.set(url, end)
    try {
      return await turn
    } finally {
      if (this.#ends.get(url) === end) this.#ends.delete(url)
    }
  }
}
