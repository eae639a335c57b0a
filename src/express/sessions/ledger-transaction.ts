import type { IfMatchError } from '../../core/errors.js'
import type { Ledger, LedgerSteps, MaybePromise } from '../../core/ledger.js'
import { commit, move, settle, swapFrom, swapTo } from '../../core/machine.js'
import { chain } from '../../core/promise.js'
import type { Existence, LedgerRecord } from '../../core/record.js'
import { isIfMatchError } from '../problems.js'
import { refusal } from '../refusal.js'
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

/** Moves the version inside a transaction; throws the refusal where it cannot. */
export type MoveFirst = (steps: LedgerSteps, before: LedgerRecord | undefined) => MaybePromise<LedgerRecord>

export function ledgerTransaction(
  request: Pick<ClaimRequest, 'key' | 'req' | 'refuse' | 'claims'>,
  ledger: Ledger,
  remarks: Remarks,
  moveFirst: MoveFirst,
  before: () => Existence,
): LedgerTransaction {
  const { key } = request
  let committed: LedgerRecord | undefined
  let moved: LedgerRecord | undefined
  let uncertain = false
  return {
    get committed() {
      return committed
    },
    get moved() {
      return moved ?? committed
    },
    get uncertain() {
      return uncertain
    },
    async run<T>(work: Work, run: (client: unknown) => MaybePromise<T>) {
      requireTransaction(ledger)
      let step = 'store' as Step
      try {
        const done = await ledger.transaction<{ value: T; record: LedgerRecord }>((steps, client) => {
          work.begin()
          step = 'store'
          return chain(moveFirst(steps, committed), (record) => {
            moved = record
            step = 'work'
            return chain(run(client), (given) => {
              const value = work.end(given)
              step = 'store'
              return chain(asAnswered(request, remarks, work, steps, record), (answered) => {
                step = 'commit'
                return { value, record: answered }
              })
            })
          })
        }, work.options)
        committed = done.record
        return done.value
      } catch (error) {
        if (error instanceof MetClaim) throw error
        const failure = failureAt(step, error, key.key, committed !== undefined)
        uncertain ||= isIfMatchError(failure) && failure.code === 'outcome-unknown'
        throw failure
      } finally {
        moved = undefined
      }
    },
    async answered(status) {
      if (committed === undefined) return
      const outcome = outcomeOf(status, remarks, request.req.method, key)
      const existence = existenceAnswered(outcome, before(), committed.existence)
      // untold it stays as it was committed, which claims no more than was known then
      await request.claims.learn(key.key, committed, existence).catch(() => undefined)
    },
  }
}

/** The version moved before the handler had answered; what that says of the existence of its key is put right here. */
function asAnswered(
  request: Pick<ClaimRequest, 'key' | 'req' | 'refuse'>,
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
  request: ClaimRequest,
  ledger: Ledger,
  claims: ClaimSet,
  remarks: Remarks,
  ended: () => boolean,
): LedgerTransaction {
  const { own } = claims
  const { existence } = claims.record
  const moveFirst: MoveFirst = (steps, before) => {
    const outcome = outcomeInside(remarks, request.req.method, request.key, before ?? claims.record)
    if (before !== undefined)
      return swapOnce(request, steps, request.key.key, before, ended() ? undefined : commit(before, outcome))
    if (own === undefined)
      return chain(steps.get(request.key.key), (record) =>
        swapOnce(request, steps, request.key.key, record, move(record)),
      )
    const { record, settlement } = settle(own.record, own.token, outcome)
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
  const transaction = ledgerTransaction(request, ledger, remarks, moveFirst, () => existence)
  if (own === undefined) return transaction
  return {
    get committed() {
      return transaction.committed
    },
    get moved() {
      return transaction.moved
    },
    get uncertain() {
      return transaction.uncertain
    },
    async run<T>(work: Work, run: (client: unknown) => MaybePromise<T>) {
      const resume = await own.pauseRenewal()
      try {
        return await transaction.run(work, run)
      } finally {
        const { committed } = transaction
        // under `observe` the version may have moved past our own claim, which then still stands
        if (committed === undefined || committed.claim?.token === own.token) resume()
        else own.settledElsewhere(committed)
      }
    },
    answered: (status) => transaction.answered(status),
  }
}

/**
 * One swap in the transaction. Where another write came between, the throw rolls everything back (P4); under
 * `observe` the version moves on from wherever it is. `onFound` may throw for what stands there instead of `from`.
 */
export function swapOnce(
  { refuse }: Pick<ClaimRequest, 'refuse'>,
  steps: LedgerSteps,
  key: string,
  from: LedgerRecord,
  to: LedgerRecord | undefined,
  onFound: (found: LedgerRecord) => void = () => {},
): MaybePromise<LedgerRecord> {
  const lost = () => {
    refuse(lostClaim(key))
    return chain(steps.get(key), (found) =>
      chain(compareAndSwap(steps, key, found, move(found)), ({ record }) => record),
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
