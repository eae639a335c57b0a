import type { IfMatchError } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import {
  ledgerVersion,
  type Ledger,
  type LedgerSteps,
  type MaybePromise,
  type TransactionOptions,
} from '../../core/ledger.js'
import { commit, type Outcome } from '../../core/machine.js'
import { chain } from '../../core/promise.js'
import type { Existence, LedgerRecord } from '../../core/record.js'
import type { Writing } from './base-handle.js'
import { lostClaim, writeInProgress } from './claim-one.js'
import { movePast, type ClaimRequest, type ClaimSet, type FurtherClaims } from './claim-set.js'
import { claimWithin, Demands } from './demands.js'
import { GivenUp } from './given-up.js'
import { keysOf } from './keys-of-write.js'
import {
  failureOf,
  MetClaim,
  MovingTransaction,
  swapOnce,
  transactionUnder,
  unanswered,
  type LedgerTransaction,
} from './ledger-transaction.js'
import { notWritten } from './not-written.js'
import { outcomeInside } from './outcome.js'
import { Pending } from './pending.js'
import type { Judge, Remarks, Settled, WriteSession } from './session.js'
import { TransactionHandle } from './transaction-handle.js'
import { Nesting } from './transaction.js'
import { failureAt, workInside, type Work } from './transaction-work.js'

function refuseClaimed({ claim }: LedgerRecord): void {
  if (claim !== null) throw new MetClaim()
}

function endClaims(claims: ClaimSet, kind: Outcome['kind']) {
  return claims.settle(kind === 'written' ? { kind, existence: 'keep' } : { kind })
}

/**
 * A write without a claim of its own: the version row moves, and is locked, first in the transaction that holds
 * the handler's work. Where another writer's claim stands, this one claims too, and waits for its turn.
 */
export class TransactionSession implements WriteSession, Writing {
  readonly handle: TransactionHandle
  readonly remarks: Remarks = { unchanged: false, wrote: false }
  readonly givenUp = new GivenUp()
  transaction: LedgerTransaction
  /** those that it had to make; no guard within this one may go by them, for a transaction ends them */
  claimed: ClaimSet | undefined = undefined
  readonly #ledger: Ledger
  readonly #pending = new Pending()
  readonly #nested = new Nesting()
  readonly #demands: Demands
  /** the request, refused by whoever demands something of it */
  readonly #asked: FurtherClaims
  readonly #further: string[] = []
  /** of a guard that came after the transaction */
  readonly #furtherLater: string[] = []
  /** a commit before the claims, of which nobody knows */
  #uncertainBefore = false
  /** as the first transaction found it */
  #existence: Existence = 'unknown'

  constructor(
    readonly request: ClaimRequest,
    ledger: Ledger,
  ) {
    const { setup, req, key, claims } = request
    this.#ledger = ledger
    this.#demands = new Demands(request)
    const refuse = (error: IfMatchError) => {
      this.#demands.refuse(error)
    }
    this.#asked = { setup, req, key, claims, refuse }
    this.transaction = new MovingTransaction(
      this.#asked,
      ledger,
      this.remarks,
      (steps, before) => this.#moveAll(steps, before),
      () => this.#existence,
    )
    this.handle = new TransactionHandle(this)
  }

  get applied(): boolean {
    return this.transaction.committed !== undefined
  }

  excuse(): void {
    this.#pending.excuse()
  }

  run<T>(work: (client: unknown) => MaybePromise<T>, options: TransactionOptions | undefined): Promise<T> {
    this.#nested.refuse('Use the client that it hands over.')
    return this.#pending.track((promise) =>
      workInside(this.request, this.remarks, promise, options, (inside) =>
        this.#transact(inside, (client) => this.#nested.within(() => work(client))),
      ),
    )
  }

  alsoDemand(name: string, expectation: Expectation, by: Judge): void {
    this.#demands.add({ name, expectation, by })
  }

  alsoMove(names: readonly string[]): void {
    const further = this.applied ? this.#furtherLater : this.#further
    further.push(...names)
  }

  nextVersion(): string | undefined {
    const { moved } = this.transaction
    return moved === undefined ? undefined : ledgerVersion(this.#ledger.epoch, moved.count)
  }

  unanswered(): IfMatchError | undefined {
    return unanswered(this.remarks, this.request.key.key, this.#outcome !== 'unwritten')
  }

  async settle(status: number): Promise<Settled> {
    await this.#pending.settled()
    const settled = this.#settled(status)
    await this.transaction.answered(settled.problem?.status ?? status)
    if (this.claimed !== undefined) await endClaims(this.claimed, settled.outcome)
    await movePast(this.request.claims, this.#furtherLater)
    return settled
  }

  async abandon(): Promise<void> {
    this.#pending.close()
    this.givenUp.tooLong(this.request.key.key)
    await this.claimed?.abandon()
  }

  get #outcome(): Outcome['kind'] {
    const { committed, uncertain } = this.transaction
    if (committed !== undefined) return 'written'
    return uncertain || this.#uncertainBefore ? 'unknown' : 'unwritten'
  }

  #moveAll(steps: LedgerSteps, before: LedgerRecord | undefined): MaybePromise<LedgerRecord> {
    const names = new Set([...keysOf(this.request), ...this.#further])
    return this.#moveEach(steps, [...names].sort(), before, undefined)
  }

  /** one key after the other, in the one order of all writers; answers the record of the own one */
  #moveEach(
    steps: LedgerSteps,
    [name, ...rest]: readonly string[],
    before: LedgerRecord | undefined,
    own: LedgerRecord | undefined,
  ): MaybePromise<LedgerRecord> {
    if (name === undefined) return own as LedgerRecord
    const isOwn = name === this.request.key.key
    return chain(this.#moveOne(steps, name, isOwn ? before : undefined), (record) =>
      this.#moveEach(steps, rest, before, isOwn ? record : own),
    )
  }

  #moveOne(steps: LedgerSteps, name: string, before: LedgerRecord | undefined): MaybePromise<LedgerRecord> {
    const { request, remarks } = this
    const { req, key } = request
    // a second transaction goes on from what the first one left, and from nothing else
    if (before !== undefined) {
      const outcome = outcomeInside(remarks, req.method, key)
      return swapOnce(this.#asked, steps, name, before, commit(before, outcome, request.claims.step()))
    }
    return chain(steps.get(name), (found) => {
      refuseClaimed(found)
      this.#demands.judge(name, found)
      if (name === key.key) this.#existence = found.existence
      const outcome = outcomeInside(remarks, req.method, key)
      const written = name === key.key ? outcome : ({ kind: 'written', existence: 'keep' } as const)
      const moved = commit(found, written, request.claims.step())
      // a claim that came between the two statements may yet end without a write
      return swapOnce(this.#asked, steps, name, found, moved, refuseClaimed)
    })
  }

  async #transact<T>(work: Work, run: (client: unknown) => MaybePromise<T>): Promise<T> {
    const { key } = this.request
    if (this.claimed === undefined && this.#pending.closed) this.#asked.refuse(lostClaim(key.key))
    try {
      return await this.transaction.run(work, run)
    } catch (error) {
      if (!(error instanceof MetClaim)) throw error
      if (this.applied) throw failureAt('work', writeInProgress(key.key), key.key, true)
      const set = await claimWithin(this.request, this.#asked, this.#further, this.#demands)
      this.claimed = set
      this.#uncertainBefore = this.transaction.uncertain
      this.transaction = transactionUnder(
        this.#asked,
        this.#ledger,
        set,
        this.remarks,
        () => this.#pending.closed,
      )
      try {
        return await this.transaction.run(work, run)
      } finally {
        // it was given up on meanwhile, or before: nobody else ends these claims
        if (this.#pending.closed) await endClaims(set, this.#outcome)
      }
    }
  }

  #settled(status: number): Settled {
    const pending = this.#pending
    const { key } = this.request.key
    const { committed } = this.transaction
    const outcome = this.#outcome
    const insisted = pending.insistedFailure
    if (status >= 400 && insisted === undefined) return { version: undefined, outcome }
    const failure = insisted ?? pending.unseenFailure ?? pending.failure
    if (failure !== undefined)
      return { problem: failureOf(failure.cause, key, outcome !== 'unwritten'), outcome }
    if (committed !== undefined)
      return { version: ledgerVersion(this.#ledger.epoch, committed.count), outcome }
    if (this.remarks.unchanged) return { version: undefined, outcome }
    const problem = notWritten(key, 'write.transaction')
    return problem === undefined
      ? { version: undefined, outcome: 'unknown' }
      : { problem, outcome: 'unknown' }
  }
}
