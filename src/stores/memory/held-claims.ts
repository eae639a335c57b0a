import type { Claim } from '../../core/record.js'

export interface Held extends Omit<Claim, 'remaining'> {
  /** when the claim was made or last renewed, ms of the ledger's clock */
  readonly since: number
}

/**
 * The claims of a shard's slots. Each write makes one and ends it: a Map would leave a hole each time, and build
 * itself anew for a few of them.
 */
export class HeldClaims {
  readonly #held: (Held | undefined)[] = [undefined]
  readonly #vacant: number[] = []
  /** the place in `#held` for each slot, 0 without a claim */
  #places = new Uint32Array(1)

  has(slot: number): boolean {
    return this.#places[slot] !== 0
  }

  get(slot: number): Held | undefined {
    return this.#held[this.#places[slot] as number]
  }

  set(slot: number, held: Held): void {
    if (this.#places[slot] === 0) this.#places[slot] = this.#vacant.pop() ?? this.#held.length
    this.#held[this.#places[slot] as number] = held
  }

  delete(slot: number): void {
    const place = this.#places[slot] as number
    if (place === 0) return
    this.#places[slot] = 0
    this.#held[place] = undefined
    this.#vacant.push(place)
  }

  grow(length: number): void {
    const places = new Uint32Array(length)
    places.set(this.#places)
    this.#places = places
  }
}
