import type { Ending } from '../../claims/held-claim.js'
import type { Expectation } from '../../core/expectation.js'
import { ledgerVersion, type Ledger, type MaybePromise } from '../../core/ledger.js'
import type { Outcome } from '../../core/machine.js'
import { isPromise } from '../../core/promise.js'
import type { Writing } from './base-handle.js'
import { meets } from './claim-one.js'
import { areClaims, claimAll, movePast, type Claimed, type ClaimRequest, type ClaimSet } from './claim-set.js'
import { LedgerHandle } from './ledger-handle.js'
import { LedgerWork } from './ledger-work.js'
import { outcomeOf } from './outcome.js'
import type { Judge, Opened, Remarks, Settled, WriteSession } from './session.js'
import { answerOf } from './settled.js'

/** A write under a claim in the library's own ledger. */
export function ledgerSession(request: ClaimRequest, ledger: Ledger): MaybePromise<Opened> {
  const claims = claimAll(request, request.demand.expectation)
  return isPromise(claims)
    ? claims.then((made) => sessionUnder(request, ledger, made))
    : sessionUnder(request, ledger, claims)
}

function sessionUnder(request: ClaimRequest, ledger: Ledger, claims: Claimed): Opened {
  return areClaims(claims) ? new LedgerSession(request, ledger, claims) : claims
}

/** Whose handler needs nothing but its claim, as most do, makes nothing but that. */
export class LedgerSession implements WriteSession, Writing {
  readonly handle: LedgerHandle
  readonly remarks: Remarks = { unchanged: false, wrote: false }
  /** the guards whose demands hold in a transaction too: whatever this one does, one within it that enforces, does */
  judges: readonly Judge[] | undefined
  #work: LedgerWork | undefined
  #ended = false
  /** it has ended as one that wrote nothing */
  #kept = false

  constructor(
    readonly request: ClaimRequest,
    readonly ledger: Ledger,
    readonly claims: ClaimSet,
  ) {
    this.handle = new LedgerHandle(this)
  }

  get work(): LedgerWork {
    if (this.#work === undefined) {
      this.#work = new LedgerWork(this)
      if (this.#ended) this.#work.pending.close()
    }
    return this.#work
  }

  get applied(): boolean {
    return this.#work?.transaction.committed !== undefined
  }

  excuse(): void {
    this.#work?.pending.excuse()
  }

  wroteAfterAll(): void {
    if (this.#kept) void movePast(this.request.claims, this.claims.keys)
    this.#kept = false
  }

  alsoDemand(name: string, expectation: Expectation, by: Judge): void {
    this.judges = [...(this.judges ?? []), by]
    if (this.claims.own !== undefined)
      meets(by, this.request.claims.epoch, name, expectation, this.claims.recordOf(name))
  }

  nextVersion(): string | undefined {
    const { own } = this.claims
    if (own === undefined) return undefined
    const { epoch } = this.ledger
    const moved = this.#work?.transaction.moved
    if (moved !== undefined) return ledgerVersion(epoch, moved.count)
    return ledgerVersion(epoch, this.claims.record.count + (this.remarks.unchanged ? 0 : own.step))
  }

  unanswered() {
    return this.#work?.unanswered()
  }

  settle(status: number): MaybePromise<Settled> {
    if (this.ledger.transaction !== undefined) return this.#settleAfterWork(status)
    this.#ended = true
    return this.#settle(status)
  }

  abandon(): MaybePromise<void> {
    this.#ended = true
    this.#work?.pending.close()
    return this.claims.abandon()
  }

  /** the handler may begin its first transaction in the turn of its answer */
  async #settleAfterWork(status: number): Promise<Settled> {
    await Promise.resolve()
    if (this.#work !== undefined) await this.#work.ended(status)
    this.#ended = true
    return this.#settle(status)
  }

  #settle(status: number): MaybePromise<Settled> {
    const { req, key } = this.request
    const outcome = outcomeOf(status, this.remarks, req.method, key)
    this.#kept = outcome.kind === 'unwritten'
    const ending = this.claims.settle(outcome)
    return isPromise(ending)
      ? ending.then((ended) => this.#settled(status, outcome, ended))
      : this.#settled(status, outcome, ending)
  }

  #settled(status: number, outcome: Outcome, ending: Ending): Settled {
    if (this.claims.own === undefined) return { version: undefined, outcome: outcome.kind }
    const told = this.#work?.settled(status, outcome)
    if (told !== undefined) return told
    const record = this.#work?.transaction.committed ?? ending.record
    return answerOf(this.request.key.key, outcome, ending, ledgerVersion(this.ledger.epoch, record.count))
  }
}
