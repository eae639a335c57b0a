import type { Clock } from '../core/clock.js'

/** More at once are no hiccup of the store but an outage, in which each look is one more question to it. */
const MOST_WAITING = 500

/**
 * Looks that wait for their moment, over one ledger. Every refused write of an outage would like one, and all of them
 * together would fill the memory, and meet the store when it comes back; who finds no place leaves it to the lease.
 */
export class LaterLooks {
  #waiting = 0

  constructor(readonly clock: Pick<Clock, 'after'>) {}

  after(ms: number, look: () => void): void {
    if (this.#waiting >= MOST_WAITING) return
    this.#waiting += 1
    this.clock.after(ms, () => {
      this.#waiting -= 1
      look()
    })
  }
}
