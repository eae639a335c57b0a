import type { HeldClaim } from '../../claims/held-claim.js'
import type { IfMatchError } from '../../core/errors.js'
import type { Ledger, LedgerSteps, MaybePromise } from '../../core/ledger.js'
import { commit, move, settle, swapFrom, swapTo } from '../../core/machine.js'
import { chain } from '../../core/promise.js'
import type { Existence, LedgerRecord } from '../../core/record.js'
import { isIfMatchError } from '../problems.js'
import { refusal } from '../../core/refusal.js'
import { lostClaim } from './claim-one.js'
import type { ClaimRequest, ClaimSet } from './claim-set.js'
import { existenceAnswered, outcomeInside, outcomeOf } from './outcome.js'
import type { Remarks } from './session.js'
import { requireTransaction } from './transaction.js'
import { failureAt, type Step, type Work } from './transaction-work.js'

/** Transactions in which the version row moves, and is locked, before the handler's work begins. */
export interface LedgerTransaction {
  /** the record that the last one left behind, undefined before the first */
  readonly committed: LedgerRecord | undefined
  /** the record as the work that runs now has found it moved, else `committed` */
  readonly moved: LedgerRecord | undefined
  /** a commit was asked for, and no answer came */
  readonly uncertain: boolean
  run<T>(work: Work, run: (client: unknown) => MaybePromise<T>): Promise<T>
  /** tells the ledger what an answer that came after the commit says of the existence of the key; never rejects */
  answered(status: number): Promise<void>
}

/** A claim of another writer stands on a key: its handler may be writing, so it must be waited for. */
export class MetClaim extends Error {}

type Asking = Pick<ClaimRequest, 'key' | 'req' | 'refuse' | 'claims'>

/** Moves the version inside a transaction; throws the refusal where it cannot. */
export type MoveFirst = (steps: LedgerSteps, before: LedgerRecord | undefined) => MaybePromise<LedgerRecord>

/** One that runs by itself. */
export class MovingTransaction implements LedgerTransaction {
  committed: LedgerRecord | undefined = undefined
  uncertain = false
  #moved: LedgerRecord | undefined
  readonly #request: Asking
  readonly #ledger: Ledger
  readonly #remarks: Remarks
  readonly #moveFirst: MoveFirst
  readonly #before: () => Existence

  constructor(
    request: Asking,
    ledger: Ledger,
    remarks: Remarks,
    moveFirst: MoveFirst,
    before: () => Existence,
  ) {
    this.#request = request
    this.#ledger = ledger
    this.#remarks = remarks
    this.#moveFirst = moveFirst
    this.#before = before
  }

  get moved(): LedgerRecord | undefined {
    return this.#moved ?? this.committed
  }

  async run<T>(work: Work, run: (client: unknown) => MaybePromise<T>): Promise<T> {
    const ledger = this.#ledger
    requireTransaction(ledger)
    let step = 'store' as Step
    try {
      const done = await ledger.transaction<{ value: T; record: LedgerRecord }>((steps, client) => {
        work.begin()
        step = 'store'
        return chain(this.#moveFirst(steps, this.committed), (record) => {
          this.#moved = record
          step = 'work'
          return chain(run(client), (given) => {
            const value = work.end(given)
            step = 'store'
            return chain(asAnswered(this.#request, this.#remarks, work, steps, record), (answered) => {
              step = 'commit'
              return { value, record: answered }
            })
          })
        })
      }, work.options)
      this.committed = done.record
      return done.value
    } catch (error) {
      if (error instanceof MetClaim) throw error
      const failure = failureAt(step, error, this.#request.key.key, this.committed !== undefined)
      this.uncertain ||= isIfMatchError(failure) && failure.code === 'outcome-unknown'
      throw failure
    } finally {
      this.#moved = undefined
    }
  }

  async answered(status: number): Promise<void> {
    const { committed } = this
    if (committed === undefined) return
    const { claims, key, req } = this.#request
    const outcome = outcomeOf(status, this.#remarks, req.method, key)
    const existence = existenceAnswered(outcome, this.#before(), committed.existence)
    // untold it stays as it was committed, which claims no more than was known then
    await claims.learn(key.key, committed, existence).catch(() => undefined)
  }
}

/** The version moved before the handler had answered; what that says of the existence of its key is put right here. */
function asAnswered(
  request: Asking,
  remarks: Remarks,
  { status }: Work,
  steps: LedgerSteps,
  record: LedgerRecord,
): MaybePromise<LedgerRecord> {
  const { key, req } = request
  const outcome = outcomeOf(status ?? 200, remarks, req.method, key)
  if (status === undefined || outcome.kind !== 'written' || outcome.existence === 'keep') return record
  if (outcome.existence === record.existence) return record
  return swapOnce(request, steps, key.key, record, { ...record, existence: outcome.existence })
}

/**
 * Under the claim of this write: the first transaction settles it, those after it move the version once more.
 * `ended`: the write was answered, or given up on; no transaction may begin any more.
 */
export function transactionUnder(
  request: Asking,
  ledger: Ledger,
  claims: ClaimSet,
  remarks: Remarks,
  ended: () => boolean,
): LedgerTransaction {
  const { own } = claims
  const { existence } = claims.record
  const { step } = request.claims
  const moveFirst: MoveFirst = (steps, before) => {
    const outcome = outcomeInside(remarks, request.req.method, request.key)
    if (before !== undefined)
      return swapOnce(
        request,
        steps,
        request.key.key,
        before,
        ended() ? undefined : commit(before, outcome, step()),
      )
    if (own === undefined)
      return chain(steps.get(request.key.key), (record) =>
        swapOnce(request, steps, request.key.key, record, move(record, step())),
      )
    const { record, settlement } = settle(own.record, own.token, outcome, step())
    // a settle that finds its own token once more moves nothing: only a claim that stands can be settled here
    const standing = !ended() && own.record.claim?.token === own.token
    return swapOnce(
      request,
      steps,
      request.key.key,
      own.record,
      standing && settlement === 'settled' ? record : undefined,
    )
  }
  const transaction = new MovingTransaction(request, ledger, remarks, moveFirst, () => existence)
  return own === undefined ? transaction : new ClaimedTransaction(transaction, own)
}

/** One that ends the claim of its write, which is not to be renewed meanwhile. */
class ClaimedTransaction implements LedgerTransaction {
  readonly #transaction: LedgerTransaction
  readonly #own: HeldClaim

  constructor(transaction: LedgerTransaction, own: HeldClaim) {
    this.#transaction = transaction
    this.#own = own
  }

  get committed(): LedgerRecord | undefined {
    return this.#transaction.committed
  }

  get moved(): LedgerRecord | undefined {
    return this.#transaction.moved
  }

  get uncertain(): boolean {
    return this.#transaction.uncertain
  }

  async run<T>(work: Work, run: (client: unknown) => MaybePromise<T>): Promise<T> {
    const resume = await this.#own.pauseRenewal()
    try {
      return await this.#transaction.run(work, run)
    } finally {
      const { committed } = this
      // under `observe` the version may have moved past our own claim, which then still stands
      if (committed === undefined || committed.claim?.token === this.#own.token) resume()
      else this.#own.settledElsewhere(committed)
    }
  }

  answered(status: number): Promise<void> {
    return this.#transaction.answered(status)
  }
}

/**
 * One swap in the transaction. Where another write came between, the throw rolls everything back (P4); under
 * `observe` the version moves on from wherever it is. `onFound` may throw for what stands there instead of `from`.
 */
export function swapOnce(
  request: Pick<ClaimRequest, 'refuse' | 'claims'>,
  steps: LedgerSteps,
  key: string,
  from: LedgerRecord,
  to: LedgerRecord | undefined,
  onFound: (found: LedgerRecord) => void = () => {},
): MaybePromise<LedgerRecord> {
  const lost = () => {
    request.refuse(lostClaim(key))
    return chain(steps.get(key), (found) =>
      chain(compareAndSwap(steps, key, found, move(found, request.claims.step())), ({ record }) => record),
    )
  }
  if (to === undefined) return lost()
  return chain(compareAndSwap(steps, key, from, to), ({ swapped, record }) => {
    if (swapped) return record
    onFound(record)
    return lost()
  })
}

function compareAndSwap(steps: LedgerSteps, key: string, from: LedgerRecord, to: LedgerRecord) {
  return steps.compareAndSwap(key, { from: swapFrom(from), to: swapTo(from, to) })
}

/** What must be answered where a write failed and the handler answers with success all the same. */
export function failureOf(cause: unknown, key: string, applied: boolean): IfMatchError {
  if (isIfMatchError(cause) && !applied) return cause
  return refusal('outcome-unknown', { resource: key }, { cause })
}

/** The same where the handler has come to its end, and the success that it answered was taken back. */
export function unanswered({ dropped }: Remarks, key: string, applied: boolean): IfMatchError | undefined {
  return dropped === undefined ? undefined : failureOf(dropped.cause, key, applied)
}
