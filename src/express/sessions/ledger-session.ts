import type { IfMatchError } from '../../core/errors.js'
import { ledgerVersion, type Ledger } from '../../core/ledger.js'
import type { LedgerWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { meets } from './claim-one.js'
import { ABORTED, claimAll, type ClaimRequest, type ClaimSet } from './claim-set.js'
import { failureOf, transactionUnder, unanswered } from './ledger-transaction.js'
import { outcomeOf } from './outcome.js'
import { pendingWork } from './pending.js'
import type { Judge, Remarks, WriteSession } from './session.js'
import { answerOf } from './settled.js'
import { nesting } from './transaction.js'
import { workInside } from './transaction-work.js'

/** A write under a claim in the library's own ledger. */
export async function ledgerSession(
  request: ClaimRequest,
  ledger: Ledger,
): Promise<WriteSession | typeof ABORTED> {
  const claims = await claimAll(request, request.demand.expectation)
  return claims === ABORTED ? ABORTED : sessionUnder(request, ledger, claims)
}

function sessionUnder(
  request: ClaimRequest,
  ledger: Ledger,
  claims: ClaimSet,
): WriteSession & { readonly handle: LedgerWrite } {
  const { req, key, demand } = request
  const remarks: Remarks = { unchanged: false, wrote: false }
  const pending = pendingWork()
  const nested = nesting()
  const judges: Judge[] = [request]
  // a guard within this one that enforces does so in the transaction too, whatever this one does
  const refuse = (error: IfMatchError) => {
    for (const judge of judges) judge.refuse(error)
  }
  const transaction = transactionUnder({ ...request, refuse }, ledger, claims, remarks, () => pending.closed)

  const handle: LedgerWrite = {
    ...baseHandle({
      key: key.key,
      expectation: demand.expectation,
      remarks,
      pending,
      applied: () => transaction.committed !== undefined,
    }),
    get signal() {
      return claims.signal
    },
    get fence() {
      return claims.record.fence
    },
    transaction: (work, options) => {
      nested.refuse('Use the client that it hands over.')
      return pending.track((promise) =>
        workInside(request, remarks, promise, options, (inside) =>
          transaction.run(inside, (client) => nested.within(() => work(client))),
        ),
      )
    },
  }

  return {
    handle,
    claims,
    alsoDemand(name, expectation, by) {
      judges.push(by)
      if (claims.own !== undefined)
        meets({ ...by, claims: request.claims }, name, expectation, claims.recordOf(name))
    },
    nextVersion() {
      if (claims.own === undefined) return undefined
      const { moved } = transaction
      if (moved !== undefined) return ledgerVersion(ledger.epoch, moved.count)
      return ledgerVersion(ledger.epoch, claims.record.count + (remarks.unchanged ? 0 : 1))
    },
    unanswered: () => unanswered(remarks, key.key, transaction.committed !== undefined),
    async settle(status) {
      await pending.settled()
      await transaction.answered(pending.insistedFailure === undefined ? status : 500)
      const { committed } = transaction
      const outcome = outcomeOf(status, remarks, req.method, key)
      const ending = await claims.settle(outcome)
      if (claims.own === undefined) return { version: undefined, outcome: outcome.kind }
      const insisted = pending.insistedFailure
      if (insisted === undefined && committed !== undefined && outcome.kind !== 'written')
        return { version: undefined, outcome: 'written' }
      const failure = insisted ?? (status < 400 ? pending.unseenFailure : undefined)
      if (failure !== undefined)
        return {
          problem: failureOf(failure.cause, key.key, committed !== undefined),
          outcome: outcome.kind,
        }
      const record = committed ?? ending.record
      return answerOf(key.key, outcome, ending, ledgerVersion(ledger.epoch, record.count))
    },
    abandon() {
      pending.close()
      return claims.abandon()
    },
  }
}
