import type { ServerResponse } from 'node:http'

/**
 * The client of a write that may have to wait for its key. Whether it is still there matters only then, and nothing
 * is made or listened to before.
 */
export class WaitingClient {
  #controller: AbortController | undefined
  #onClose: (() => void) | undefined
  #served = false

  constructor(readonly res: ServerResponse) {}

  /** aborts when the client goes away before it was served */
  gone(): AbortSignal {
    const controller = (this.#controller ??= new AbortController())
    if (this.#onClose === undefined && !this.#served) {
      this.#onClose = () => {
        controller.abort()
      }
      this.res.once('close', this.#onClose)
    }
    return controller.signal
  }

  /** its handler runs: from now on whoever waits does so for the handler */
  served(): void {
    this.#served = true
    if (this.#onClose !== undefined) this.res.off('close', this.#onClose)
  }
}
