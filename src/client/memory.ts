import { isSame, type Base } from './snapshot.js'

/** What is known of one URL. */
export interface Remembered extends Base {
  /** the JSON of the representation; undefined after a write, whose answer need not be one (RFC 9110 §9.3.4) */
  readonly json: string | undefined
}

/** The moment a request left, in the order of everything that one client sends and receives. */
export type Moment = number

/** `state` is undefined after a write whose outcome or new state nobody told. */
interface Entry {
  readonly state: Remembered | undefined
  readonly arrived: Moment
}

/** How many URLs are remembered: of the others, the next read is a whole one. */
const LIMIT = 500

/**
 * The last known state of each URL. Entity tags have no order, and answers may overtake each other: of two requests
 * that were under way at once nobody can say whose answer is the newer one. So what is known is replaced only by the
 * answer to a request that left after it had arrived, or by that of a write that was made on it.
 */
export class Memory {
  readonly #entries = new Map<string, Entry>()
  #moment: Moment = 0
  /** when the last of what was forgotten for want of room had arrived */
  #floor: Moment = 0

  /** to be called as a request leaves */
  leaves(): Moment {
    return ++this.#moment
  }

  recall(url: string): Remembered | undefined {
    return this.#entries.get(url)?.state
  }

  /** Takes what a read has shown. False where something is known, or may be there, that is newer. */
  read(state: Remembered, left: Moment): boolean {
    const known = this.recall(state.url)
    // what a write left behind: a read of that very state has its representation besides
    const completes = known?.json === undefined && isSame(known, state)
    const takes = completes || left > this.#arrived(state.url)
    if (takes) this.#keep(state.url, state)
    return takes
  }

  /** Takes the state that a write on `base` has left behind; undefined where its answer did not tell. */
  wrote(url: string, state: Base | undefined, base: Base | undefined, left: Moment): void {
    if (isSame(base, this.recall(url)) || left > this.#arrived(url) || state === undefined)
      this.#keep(url, state && { ...state, json: undefined })
  }

  #arrived(url: string): Moment {
    return this.#entries.get(url)?.arrived ?? this.#floor
  }

  #keep(url: string, state: Remembered | undefined): void {
    this.#entries.delete(url)
    this.#entries.set(url, { state, arrived: ++this.#moment })
    const [oldest] = this.#entries
    if (this.#entries.size <= LIMIT || oldest === undefined) return
    this.#entries.delete(oldest[0])
    this.#floor = Math.max(this.#floor, oldest[1].arrived)
  }
}
