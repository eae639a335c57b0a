import type { IfMatchError } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import { ledgerVersion, type Ledger, type LedgerSteps, type MaybePromise } from '../../core/ledger.js'
import { commit, type Outcome } from '../../core/machine.js'
import { chain } from '../../core/promise.js'
import type { Existence, LedgerRecord } from '../../core/record.js'
import type { LedgerWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { lostClaim, meets, writeInProgress } from './claim-one.js'
import { ABORTED, areClaims, claimAll, type ClaimRequest, type ClaimSet } from './claim-set.js'
import { keysOf } from './keys-of-write.js'
import {
  failureOf,
  ledgerTransaction,
  MetClaim,
  swapOnce,
  transactionUnder,
  unanswered,
} from './ledger-transaction.js'
import { notWritten } from './not-written.js'
import { outcomeInside } from './outcome.js'
import { pendingWork } from './pending.js'
import type { Judge, Remarks, Settled, WriteSession } from './session.js'
import { nesting } from './transaction.js'
import { failureAt, workInside, type Work } from './transaction-work.js'

/** What one guard demands of one key. */
interface Demanded {
  readonly name: string
  readonly expectation: Expectation
  readonly by: Judge
}

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
export function transactionSession(request: ClaimRequest, ledger: Ledger): WriteSession {
  const { req, key } = request
  const remarks: Remarks = { unchanged: false, wrote: false }
  const pending = pendingWork()
  const nested = nesting()
  const controller = new AbortController()
  const own: Demanded = { name: key.key, expectation: request.demand.expectation, by: request }
  const demands = [own]
  const further: string[] = []
  const refuse = (error: IfMatchError) => {
    for (const { by } of demands) by.refuse(error)
  }
  const asked = { ...request, refuse }
  let claims: ClaimSet | undefined
  /** a commit before the claims, of which nobody knows */
  let uncertainBefore = false
  /** as the first transaction found it */
  let existence: Existence = 'unknown'

  let transaction = ledgerTransaction(
    asked,
    ledger,
    remarks,
    (steps, before) =>
      moveEach(steps, [...new Set([...keysOf(request), ...further])].sort(), before, undefined),
    () => existence,
  )

  /** one key after the other, in the one order of all writers; answers the record of the own one */
  function moveEach(
    steps: LedgerSteps,
    [name, ...rest]: readonly string[],
    before: LedgerRecord | undefined,
    own: LedgerRecord | undefined,
  ): MaybePromise<LedgerRecord> {
    if (name === undefined) return own as LedgerRecord
    return chain(moveOne(steps, name, name === key.key ? before : undefined), (record) =>
      moveEach(steps, rest, before, name === key.key ? record : own),
    )
  }

  function moveOne(steps: LedgerSteps, name: string, before: LedgerRecord | undefined) {
    // a second transaction goes on from what the first one left, and from nothing else
    if (before !== undefined)
      return swapOnce(
        asked,
        steps,
        name,
        before,
        commit(before, outcomeInside(remarks, req.method, key, before)),
      )
    return chain(steps.get(name), (found) => {
      refuseClaimed(found)
      for (const demand of demands) if (demand.name === name) judged(demand, found)
      if (name === key.key) existence = found.existence
      const outcome = outcomeInside(remarks, req.method, key, found)
      const moved = commit(found, name === key.key ? outcome : { kind: 'written', existence: 'keep' })
      // a claim that came between the two statements may yet end without a write
      return swapOnce(asked, steps, name, found, moved, refuseClaimed)
    })
  }

  function judged({ name, expectation, by }: Demanded, record: LedgerRecord): void {
    meets(by, request.claims.epoch, name, expectation, record)
  }

  /** claims for this write, and judges the demands of the guards within it on what is claimed */
  async function claimed(): Promise<ClaimSet> {
    const set = await claimAll(request, own.expectation)
    if (!areClaims(set)) throw set === ABORTED ? writeInProgress(key.key) : set
    try {
      await set.also(
        asked,
        further.filter((name) => !set.keys.includes(name)),
      )
      for (const demand of demands) {
        if (demand === own) continue
        if (set.own === undefined) demand.by.refuse(writeInProgress(key.key))
        else judged(demand, set.recordOf(demand.name))
      }
    } catch (error) {
      await set.settle({ kind: 'unwritten' })
      throw error
    }
    return set
  }

  async function transact<T>(work: Work, run: (client: unknown) => MaybePromise<T>): Promise<T> {
    if (claims === undefined && pending.closed) refuse(lostClaim(key.key))
    try {
      return await transaction.run(work, run)
    } catch (error) {
      if (!(error instanceof MetClaim)) throw error
      if (transaction.committed !== undefined)
        throw failureAt('work', writeInProgress(key.key), key.key, true)
      const set = await claimed()
      claims = set
      uncertainBefore = transaction.uncertain
      transaction = transactionUnder(asked, ledger, set, remarks, () => pending.closed)
      try {
        return await transaction.run(work, run)
      } finally {
        // it was given up on meanwhile, or before: nobody else ends these claims
        if (pending.closed) await endClaims(set, outcomeNow())
      }
    }
  }

  const handle: LedgerWrite = {
    ...baseHandle({
      key: key.key,
      expectation: request.demand.expectation,
      remarks,
      pending,
      applied: () => transaction.committed !== undefined,
    }),
    get signal() {
      return claims?.signal ?? controller.signal
    },
    get fence() {
      return (claims?.record ?? transaction.committed)?.fence ?? 0
    },
    transaction: (work, options) => {
      nested.refuse('Use the client that it hands over.')
      return pending.track((promise) =>
        workInside(request, remarks, promise, options, (inside) =>
          transact(inside, (client) => nested.within(() => work(client))),
        ),
      )
    },
  }

  function outcomeNow(): Outcome['kind'] {
    const { committed, uncertain } = transaction
    if (committed !== undefined) return 'written'
    return uncertain || uncertainBefore ? 'unknown' : 'unwritten'
  }

  function settleOwn(status: number): Settled {
    const { committed } = transaction
    const outcome = outcomeNow()
    const insisted = pending.insistedFailure
    if (status >= 400 && insisted === undefined) return { version: undefined, outcome }
    const failure = insisted ?? pending.unseenFailure ?? pending.failure
    if (failure !== undefined)
      return { problem: failureOf(failure.cause, key.key, outcome !== 'unwritten'), outcome }
    if (committed !== undefined) return { version: ledgerVersion(ledger.epoch, committed.count), outcome }
    if (remarks.unchanged) return { version: undefined, outcome }
    const problem = notWritten(key.key, 'write.transaction')
    return problem === undefined
      ? { version: undefined, outcome: 'unknown' }
      : { problem, outcome: 'unknown' }
  }

  return {
    handle,
    alsoDemand(name, expectation, by) {
      demands.push({ name, expectation, by })
    },
    alsoMove(names) {
      further.push(...names)
    },
    nextVersion: () => {
      const { moved } = transaction
      return moved === undefined ? undefined : ledgerVersion(ledger.epoch, moved.count)
    },
    unanswered: () => unanswered(remarks, key.key, outcomeNow() !== 'unwritten'),
    async settle(status) {
      await pending.settled()
      const settled = settleOwn(status)
      await transaction.answered(settled.problem?.status ?? status)
      if (claims !== undefined) await endClaims(claims, settled.outcome)
      return settled
    },
    async abandon() {
      pending.close()
      controller.abort(new Error(`the write on ${key.key} took too long`))
      await claims?.abandon()
    },
  }
}
