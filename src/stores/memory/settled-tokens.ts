import { Recency } from './recency.js'

/**
 * How many settled tokens one shard remembers. A token serves a swap whose answer was lost, a moment ago; once
 * forgotten, that swap counts as overtaken, which is the safe side.
 */
const PLACES = 128

/** The last settled tokens of a shard's slots; whose was set first is forgotten first. */
export class SettledTokens {
  /** the places in the order of setting; place 0 is none, and holds no token */
  readonly #order = new Recency()
  readonly #tokens: (string | null)[] = [null]
  /** whose each place is; slot 0 is nobody */
  readonly #owners = [0]
  /** the place of each slot */
  #places = new Uint8Array(1)

  get(slot: number): string | null {
    return this.#tokens[this.#places[slot] as number] as string | null
  }

  set(slot: number, token: string): void {
    let place = this.#places[slot] as number
    if (place === 0) {
      place = this.#vacate()
      this.#owners[place] = slot
      this.#places[slot] = place
    }
    this.#tokens[place] = token
    this.#order.remove(place)
    this.#order.add(place)
  }

  delete(slot: number): void {
    const place = this.#places[slot] as number
    if (place === 0) return
    this.#places[slot] = 0
    this.#owners[place] = 0
    this.#tokens[place] = null
  }

  grow(length: number): void {
    const places = new Uint8Array(length)
    places.set(this.#places)
    this.#places = places
  }

  #vacate(): number {
    if (this.#owners.length <= PLACES) {
      const place = this.#owners.push(0) - 1
      if (place === 1) this.#order.grow(PLACES + 1)
      this.#order.add(place)
      return place
    }
    const place = this.#order.oldest
    this.#places[this.#owners[place] as number] = 0
    return place
  }
}
