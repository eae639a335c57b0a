import type { Ending, HeldClaim } from '../../claims/held-claim.js'
import type { MaybePromise } from '../../core/ledger.js'
import type { Outcome } from '../../core/machine.js'
import { isPromise } from '../../core/promise.js'
import type { LedgerRecord } from '../../core/record.js'
import { isRefusal } from '../problems.js'
import { acquireOne, lostClaim, writeInProgress } from './claim-one.js'
import type { ClaimSet, FurtherClaims } from './claim-set.js'

/** Claims that were made, in the one order of all writers. */
export class HeldClaims implements ClaimSet {
  #several: HeldClaim[] | undefined
  #ended = false
  /** moves past the claims of others, under `observe` */
  #unheld: (() => Promise<unknown>)[] | undefined

  /** `several`: with the own one among them */
  constructor(
    readonly own: HeldClaim,
    several?: HeldClaim[],
  ) {
    this.#several = several
  }

  get #all(): readonly HeldClaim[] {
    return this.#several ?? [this.own]
  }

  get keys(): readonly string[] {
    return this.#all.map((claim) => claim.key)
  }

  get record(): LedgerRecord {
    return this.own.record
  }

  get signal(): AbortSignal {
    return this.own.signal
  }

  recordOf(key: string): LedgerRecord {
    return this.#of(key).record
  }

  stands(key: string): boolean {
    return !this.#of(key).ended
  }

  async also(request: FurtherClaims, names: readonly string[]): Promise<void> {
    for (const name of names) {
      try {
        const further = await this.#claimFurther(request, name)
        this.#several ??= [this.own]
        this.#several.push(further)
      } catch (error) {
        if (!isRefusal(error)) throw error
        request.refuse(error)
        // under `observe` it is written all the same, past the claims
        this.#unheld ??= []
        this.#unheld.push(() => request.claims.move(name))
      }
    }
  }

  settle(outcome: Outcome): MaybePromise<Ending> {
    this.#ended = true
    const own = this.own.settle(outcome)
    return this.#several === undefined && this.#unheld === undefined ? own : this.#settleEach(own, outcome)
  }

  abandon(): MaybePromise<void> {
    const own = this.own.abandon()
    const all = this.settle({ kind: 'unknown' })
    return isPromise(own) || isPromise(all) ? Promise.all([own, all]).then(() => undefined) : undefined
  }

  #of(key: string): HeldClaim {
    return this.#all.find((claim) => claim.key === key) ?? this.own
  }

  async #claimFurther(request: FurtherClaims, name: string): Promise<HeldClaim> {
    // out of the one order of all writers, a wait could be for one that waits for us
    const wait = this.#all.every((claim) => claim.key < name) ? request.setup.claim.wait : 0
    // whether the client is still there does not matter: its handler runs
    const { setup, claims, req } = request
    const acquired = await acquireOne({ setup, claims, req }, name, { kind: 'unconditional' }, wait)
    if (acquired.got !== 'claim') throw writeInProgress(request.key.key)
    if (!this.#ended) return acquired.claim
    await acquired.claim.settle({ kind: 'unwritten' })
    throw lostClaim(request.key.key)
  }

  async #settleEach(own: MaybePromise<Ending>, outcome: Outcome): Promise<Ending> {
    const rest: Outcome = outcome.kind === 'written' ? { kind: 'written', existence: 'keep' } : outcome
    const others = this.#all.filter((claim) => claim !== this.own)
    const endings = await Promise.all([own, ...others.map((claim) => claim.settle(rest))])
    const [ending] = endings
    if (outcome.kind !== 'unwritten')
      await Promise.all((this.#unheld ?? []).splice(0).map((move) => move().catch(() => undefined)))
    return endings.find(({ settlement }) => settlement !== 'settled') ?? ending
  }
}
