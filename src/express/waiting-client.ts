import type { ServerResponse } from 'node:http'

/** The client of a write that must wait for its key. */
export class WaitingClient {
  readonly #controller = new AbortController()
  readonly #res: ServerResponse
  readonly #onClose = () => {
    this.#controller.abort()
  }

  /** `listening`: whether it matters that it goes away */
  constructor(res: ServerResponse, listening: boolean) {
    this.#res = res
    if (!listening) return
    // it may have gone while the store was asked
    if (res.closed) this.#controller.abort()
    else res.once('close', this.#onClose)
  }

  /** aborts when it goes away */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** it waits no longer */
  served(): void {
    this.#res.off('close', this.#onClose)
  }
}
