import { stateOf, type Base } from './snapshot.js'

/** What is known of one URL. */
export interface Remembered extends Base {
  /** the JSON of the representation; undefined where a write was answered without one */
  readonly json: string | undefined
}

/** The moment a request left, in the order of everything that one client sends and receives. */
export type Moment = number

/** `state` is undefined after a write whose outcome nobody knows. */
interface Entry {
  readonly state: Remembered | undefined
  readonly arrived: Moment
}

/**
 * The last known state of each URL. Entity tags have no order, and answers may overtake each other: of two requests
 * that were under way at once nobody can say whose answer is the newer one. So what is known is replaced only by the
 * answer to a request that left after it had arrived, or by that of a write that was made on it.
 */
export class Memory {
  readonly #entries = new Map<string, Entry>()
  readonly #limit: number
  #moment: Moment = 0
  /** when the last of what was forgotten for want of room had arrived */
  #floor: Moment = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** to be called as a request leaves */
  leaves(): Moment {
    return ++this.#moment
  }

  recall(url: string): Remembered | undefined {
    return this.#entries.get(url)?.state
  }

  /** Takes what a read, or a conflict, has shown. Undefined where something is known, or may be there, that is newer. */
  read(state: Remembered, left: Moment): Remembered | undefined {
    const known = this.recall(state.url)
    // a write's answer may have had no representation, and its tag no content part: a read of the same state has both
    const same = known !== undefined && stateOf(state) === stateOf(known)
    return same || left > this.#arrived(state.url) ? this.#keep(state.url, state) : undefined
  }

  /** Takes the state that a write on `base` has left behind. */
  wrote(state: Remembered, base: Base | undefined, left: Moment): void {
    const known = this.recall(state.url)
    const follows = known !== undefined && base !== undefined && stateOf(base) === stateOf(known)
    if (follows || left > this.#arrived(state.url)) this.#keep(state.url, state)
  }

  /** After a write whose outcome or new state nobody told: what is under way now may show what was before it. */
  forget(url: string): void {
    this.#keep(url, undefined)
  }

  #arrived(url: string): Moment {
    return this.#entries.get(url)?.arrived ?? this.#floor
  }

  #keep<State extends Remembered | undefined>(url: string, state: State): State {
    this.#entries.delete(url)
    this.#entries.set(url, { state, arrived: ++this.#moment })
    for (const [oldest, { arrived }] of this.#entries) {
      if (this.#entries.size <= this.#limit) break
      this.#entries.delete(oldest)
      this.#floor = Math.max(this.#floor, arrived)
    }
    return state
  }
}
