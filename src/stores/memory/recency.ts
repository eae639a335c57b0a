/** Slot 0 is no slot but the anchor of the ring: its newer neighbour is the oldest slot, its older one the newest. */
const ANCHOR = 0

/** Slots in the order of their last touch: a doubly linked ring in two flat columns, 8 bytes a slot. */
export class Recency {
  #older = new Uint32Array(1)
  #newer = new Uint32Array(1)

  /** the slot that was not touched for longest; 0 when there is none */
  get oldest(): number {
    return this.#newer[ANCHOR] as number
  }

  grow(length: number): void {
    const older = new Uint32Array(length)
    const newer = new Uint32Array(length)
    older.set(this.#older)
    newer.set(this.#newer)
    this.#older = older
    this.#newer = newer
  }

  /** as the newest */
  add(slot: number): void {
    const newest = this.#older[ANCHOR] as number
    this.#older[slot] = newest
    this.#newer[slot] = ANCHOR
    this.#newer[newest] = slot
    this.#older[ANCHOR] = slot
  }

  remove(slot: number): void {
    const older = this.#older[slot] as number
    const newer = this.#newer[slot] as number
    this.#newer[older] = newer
    this.#older[newer] = older
  }
}
