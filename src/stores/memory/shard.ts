import type { SwapFrom, SwapTo } from '../../core/ledger.js'
import { unseen, type Claim, type Existence, type LedgerRecord } from '../../core/record.js'
import { HeldClaims, type Held } from './held-claims.js'
import { Recency } from './recency.js'
import { SettledTokens } from './settled-tokens.js'
import { flat } from './text.js'

const EXISTENCE: readonly Existence[] = ['unknown', 'present', 'deleted']

/**
 * Some of a ledger's records, in columns: what every record has lies in flat arrays, and so do the places of what
 * few have at a time (claims, settled tokens). Slot 0 stands for "not seen".
 */
export class Shard {
  readonly #slots = new Map<string, number>()
  readonly #keys: string[] = ['']
  readonly #vacant: number[] = []
  readonly #recency = new Recency()
  readonly #claims = new HeldClaims()
  readonly #settled = new SettledTokens()
  #counts = new Float64Array(1)
  #fences = new Float64Array(1)
  #existence = new Uint8Array(1)

  /** above the count of every key that was forgotten here: what a key counts that is not seen */
  #floor = 0
  /** the highest fence of every key that was forgotten here */
  #fenceFloor = 0

  get fenceFloor(): number {
    return this.#fenceFloor
  }

  /** the key's slot, 0 where it was never written or is forgotten */
  find(key: string): number {
    return this.#slots.get(key) ?? 0
  }

  isClaimed(slot: number): boolean {
    return this.#claims.has(slot)
  }

  /** `now` counts where it is claimed only */
  read(slot: number, now: number): LedgerRecord {
    if (slot === 0) return { ...unseen(this.#floor), fence: this.#fenceFloor }
    const held = this.#claims.get(slot)
    return {
      count: this.#counts[slot] as number,
      existence: EXISTENCE[this.#existence[slot] as number] as Existence,
      fence: this.#fences[slot] as number,
      claim: held === undefined ? null : claimOf(held, now),
      settled: this.#settled.get(slot),
    }
  }

  /** what `read` would show, compared without making a record of it */
  matches(slot: number, { count, token, beat }: SwapFrom): boolean {
    if (slot === 0) return count === this.#floor && token === null && beat === 0
    const held = this.#claims.get(slot)
    return count === this.#counts[slot] && token === (held?.token ?? null) && beat === (held?.beat ?? 0)
  }

  /** Claimed records are not in the order at all, so that they can never be the oldest. */
  touch(slot: number): void {
    if (slot === 0 || this.#claims.has(slot)) return
    this.#recency.remove(slot)
    this.#recency.add(slot)
  }

  /** A slot for a key that has none, with the fence that was just read of it; `write` comes next and sets the rest. */
  insert(key: string, fence: number): number {
    const own = flat(key)
    const slot = this.#vacant.pop() ?? this.#keys.length
    if (slot >= this.#counts.length) this.#grow()
    this.#keys[slot] = own
    this.#slots.set(own, slot)
    this.#fences[slot] = fence
    this.#existence[slot] = 0
    this.#recency.add(slot)
    return slot
  }

  write(slot: number, to: SwapTo, now: number): void {
    this.#counts[slot] = to.count
    if (to.raiseFence) this.#fences[slot] = (this.#fences[slot] as number) + 1
    if (to.existence !== undefined) this.#existence[slot] = EXISTENCE.indexOf(to.existence)
    if (to.settled === null) this.#settled.delete(slot)
    else if (to.settled !== undefined) this.#settled.set(slot, to.settled)
    const held = this.#claims.get(slot)
    if (held === undefined) this.#recency.remove(slot)
    if (to.token === null) {
      this.#claims.delete(slot)
      this.#recency.add(slot)
    } else {
      const { token, beat, lease, doubtful } = to
      const since = held?.token === token && held.beat === beat ? held.since : now
      this.#claims.set(slot, { token, beat, lease, doubtful, since })
    }
  }

  /**
   * Forgets the record that was not touched for longest and is not claimed; false where there is none. From
   * then on every key that is not seen here counts more than the forgotten one ever did, so that no validator
   * of it matches again; those of other unseen keys cease to match too, a conflict too many and never too few.
   */
  forgetOldest(): boolean {
    const slot = this.#recency.oldest
    if (slot === 0) return false
    this.#floor = Math.max(this.#floor, (this.#counts[slot] as number) + 1)
    this.#fenceFloor = Math.max(this.#fenceFloor, this.#fences[slot] as number)
    this.#slots.delete(this.#keys[slot] as string)
    this.#keys[slot] = ''
    this.#settled.delete(slot)
    this.#recency.remove(slot)
    this.#vacant.push(slot)
    return true
  }

  #grow(): void {
    // by a quarter: doubling would leave up to half of the columns empty
    const length = Math.ceil(this.#counts.length * 1.25) + 16
    const counts = new Float64Array(length)
    const fences = new Float64Array(length)
    const existence = new Uint8Array(length)
    counts.set(this.#counts)
    fences.set(this.#fences)
    existence.set(this.#existence)
    this.#counts = counts
    this.#fences = fences
    this.#existence = existence
    this.#recency.grow(length)
    this.#claims.grow(length)
    this.#settled.grow(length)
  }
}

function claimOf({ token, beat, lease, doubtful, since }: Held, now: number): Claim {
  // in this order nothing is rounded at first: a claim just made has its whole lease left, and not a bit more
  return { token, beat, lease, doubtful, remaining: Math.max(0, lease - (now - since)) }
}
