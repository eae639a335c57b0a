/** Whether a write was given up on. Its signal is made when somebody asks for it: one costs more than a whole guard. */
export class GivenUp {
  #controller: AbortController | undefined
  #reason: Error | undefined

  /** undefined as long as nobody has given up on it */
  get reason(): Error | undefined {
    return this.#reason
  }

  /** aborts when the write is given up on */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** the handler held `key` for too long */
  tooLong(key: string): void {
    this.#reason ??= new Error(`the write on ${key} took too long`)
    this.#controller?.abort(this.#reason)
  }
}
