import { allOf } from '../../core/expectation.js'
import { ledgerVersion, type Ledger, type LedgerSteps, type MaybePromise } from '../../core/ledger.js'
import { commit } from '../../core/machine.js'
import { chain } from '../../core/promise.js'
import type { LedgerRecord } from '../../core/record.js'
import type { LedgerWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { meets, writeInProgress } from './claim-one.js'
import { ABORTED, claimAll, type ClaimRequest, type ClaimSet } from './claim-set.js'
import { keysOf } from './keys-of-write.js'
import { failureOf, ledgerTransaction, MetClaim, swapOnce, transactionUnder } from './ledger-transaction.js'
import { notWritten } from './not-written.js'
import { outcomeOf } from './outcome.js'
import { pendingWork } from './pending.js'
import type { Remarks, Settled, WriteSession } from './session.js'
import { nesting } from './transaction.js'

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
  const demands = [{ name: key.key, expectation: request.demand.expectation }]
  let claims: ClaimSet | undefined

  let transaction = ledgerTransaction(request, ledger, (steps, before) =>
    moveEach(steps, keysOf(request), before, undefined),
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
    const outcome = outcomeOf(200, remarks, req.method, key)
    // a second transaction goes on from what the first one left, and from nothing else
    if (before !== undefined) return swapOnce(request, steps, name, before, commit(before, outcome))
    return chain(steps.get(name), (found) => {
      if (found.claim !== null) throw new MetClaim()
      for (const demand of demands) if (demand.name === name) meets(request, name, demand.expectation, found)
      const moved = commit(found, name === key.key ? outcome : { kind: 'written', existence: 'keep' })
      return swapOnce(request, steps, name, found, moved)
    })
  }

  const allDemanded = () =>
    allOf(
      demands
        .filter(({ name, expectation }) => name === key.key && expectation.kind !== 'unconditional')
        .map(({ expectation }) => expectation),
    )

  async function transact<T>(work: (client: unknown) => MaybePromise<T>): Promise<T> {
    try {
      return await transaction.run(work)
    } catch (error) {
      if (!(error instanceof MetClaim)) throw error
      if (transaction.committed !== undefined) throw writeInProgress(key.key)
      const claimed = await claimAll(request, allDemanded())
      if (claimed === ABORTED) throw writeInProgress(key.key)
      claims = claimed
      transaction = transactionUnder(request, ledger, claimed, remarks)
      return transaction.run(work)
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
    transaction: (work) => {
      nested.refuse('Use the client that it hands over.')
      return pending.track(() => transact((client) => nested.within(() => work(client))))
    },
  }

  function settleOwn(status: number): Settled {
    const { committed, uncertain } = transaction
    const outcome = committed !== undefined ? 'written' : uncertain ? 'unknown' : 'unwritten'
    if (status >= 400) return { version: undefined, outcome }
    const failure = pending.unseenFailure ?? pending.failure
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
    alsoDemand(name, expectation) {
      demands.push({ name, expectation })
    },
    nextVersion: () => {
      const { committed } = transaction
      return committed === undefined ? undefined : ledgerVersion(ledger.epoch, committed.count)
    },
    async settle(status) {
      await pending.settled()
      const settled = settleOwn(status)
      await claims?.settle(
        settled.outcome === 'written' ? { kind: 'written', existence: 'keep' } : { kind: settled.outcome },
      )
      return settled
    },
    async abandon() {
      controller.abort(new Error(`the write on ${key.key} took too long`))
      await claims?.abandon()
    },
  }
}
