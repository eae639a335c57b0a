import { ledgerVersion, type Ledger, type MaybePromise } from '../../core/ledger.js'
import { settle as settleStep, swapFrom, swapTo } from '../../core/machine.js'
import { chain } from '../../core/promise.js'
import { refusal } from '../refusal.js'
import type { LedgerWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { ABORTED, claimAll, type ClaimRequest, type ClaimSet } from './claim-set.js'
import { pendingWork } from './pending.js'
import { answerOf } from './settled.js'
import { outcomeOf, type Remarks, type WriteSession } from './session.js'
import { requireTransaction, rollsBack, unlessRolledBack } from './transaction.js'

/** A write under a claim in the library's own ledger. */
export async function ledgerSession(
  request: ClaimRequest,
  ledger: Ledger<unknown>,
): Promise<WriteSession | typeof ABORTED> {
  const claimed = await claimAll(request)
  if (claimed === ABORTED) return ABORTED
  return sessionUnder(request, ledger, claimed)
}

function sessionUnder(
  { req, key, expectation }: ClaimRequest,
  ledger: Ledger<unknown>,
  claims: ClaimSet,
): WriteSession {
  const { own } = claims
  const remarks: Remarks = { unchanged: false, wrote: false }
  const pending = pendingWork()
  let committed = false
  let answered: number | undefined

  const transact = async <T>(work: (client: unknown) => MaybePromise<T>): Promise<T> => {
    const transaction = requireTransaction(ledger)
    const resume = await own.pauseRenewal()
    try {
      const value = await transaction<{ value: T; record: typeof own.record }>((steps, client) => {
        const from = own.record
        const { record } = settleStep(from, own.token, outcomeOf(200, remarks, req.method, key))
        return chain(
          steps.compareAndSwap(own.key, { from: swapFrom(from), to: swapTo(from, record) }),
          (result) => {
            if (!result.swapped) throw refusal('version-conflict', { resource: own.key, reason: 'race' })
            return chain(work(client), (value) => rollsBack(answered, { value, record: result.record }))
          },
        )
      })
      committed = true
      own.settledElsewhere(value.record)
      return value.value
    } catch (error) {
      resume()
      return unlessRolledBack<{ value: T }>(error).value
    }
  }

  const handle: LedgerWrite<unknown> = Object.defineProperties(
    {
      ...baseHandle(key.key, expectation, remarks),
      transaction: <T>(work: (client: unknown) => MaybePromise<T>) => pending.track(transact(work)),
    } as LedgerWrite<unknown>,
    {
      signal: { get: () => own.signal, enumerable: true },
      fence: { get: () => own.record.fence, enumerable: true },
    },
  )

  return {
    handle,
    nextVersion: () => {
      const moves = !committed && !remarks.unchanged
      return ledgerVersion(ledger.epoch, own.record.count + (moves ? 1 : 0))
    },
    async settle(status) {
      answered = status
      await pending.settled()
      const outcome = outcomeOf(status, remarks, req.method, key)
      const ending = await claims.settle(outcome)
      return answerOf(key.key, outcome, ending, ledgerVersion(ledger.epoch, ending.record.count))
    },
    async abandon() {
      await Promise.all([own.abandon(), claims.settle({ kind: 'unknown' })])
    },
  }
}
