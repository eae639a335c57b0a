import { judge } from '../../core/expectation.js'
import { ledgerVersion, type Ledger, type LedgerSteps, type MaybePromise } from '../../core/ledger.js'
import { commit, swapFrom, swapTo } from '../../core/machine.js'
import { chain } from '../../core/promise.js'
import type { LedgerRecord } from '../../core/record.js'
import { refusal } from '../refusal.js'
import { failedDemand } from '../refused.js'
import type { LedgerWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { storeUnavailable, type ClaimRequest } from './claim-set.js'
import { notWritten } from './not-written.js'
import { pendingWork } from './pending.js'
import { outcomeOf, type Remarks, type WriteSession } from './session.js'
import { requireTransaction, rollsBack, unlessRolledBack } from './transaction.js'

/**
 * A write without a claim of its own: the version row moves, and is locked, first in the transaction that holds
 * the handler's work. Claims of other writers are honoured, for their handlers may be writing.
 */
export function transactionSession(
  { setup, req, key, expectation }: ClaimRequest,
  ledger: Ledger<unknown>,
): WriteSession {
  const transaction = requireTransaction(ledger)
  const remarks: Remarks = { unchanged: false, wrote: false }
  const pending = pendingWork()
  const controller = new AbortController()
  let committed: LedgerRecord | undefined
  let answered: number | undefined

  const moveFirst = (steps: LedgerSteps): MaybePromise<LedgerRecord> =>
    chain(steps.get(key.key), (record) => {
      const version = ledgerVersion(ledger.epoch, record.count)
      const next = commit(record, outcomeOf(200, remarks, req.method, key))
      if (next === undefined) throw refusal('write-in-progress', { resource: key.key, retryAfterMs: 1_000 })
      const verdict = judge(expectation, { version, existence: record.existence })
      if (!verdict.pass && committed === undefined)
        throw failedDemand(setup, verdict, { key: key.key, expectation, version })
      return chain(
        steps.compareAndSwap(key.key, { from: swapFrom(record), to: swapTo(record, next) }),
        (result) => {
          if (!result.swapped) throw refusal('version-conflict', { resource: key.key, reason: 'race' })
          return result.record
        },
      )
    })

  const transact = async <T>(work: (client: unknown) => MaybePromise<T>): Promise<T> => {
    try {
      const done = await transaction<{ value: T; record: LedgerRecord }>((steps, client) =>
        chain(moveFirst(steps), (record) =>
          chain(work(client), (value) => rollsBack(answered, { value, record })),
        ),
      )
      committed = done.record
      return done.value
    } catch (error) {
      return unlessRolledBack<{ value: T }>(error).value
    }
  }

  const handle: LedgerWrite<unknown> = {
    ...baseHandle(key.key, expectation, remarks),
    signal: controller.signal,
    get fence() {
      return committed?.fence ?? 0
    },
    transaction: (work) => pending.track(transact(work)),
  }

  return {
    handle,
    nextVersion: () => (committed === undefined ? undefined : ledgerVersion(ledger.epoch, committed.count)),
    async settle(status) {
      answered = status
      await pending.settled()
      if (status >= 500) return { version: undefined, outcome: 'unknown' }
      if (committed !== undefined)
        return { version: ledgerVersion(ledger.epoch, committed.count), outcome: 'written' }
      if (status >= 400 || remarks.unchanged) return { version: undefined, outcome: 'unwritten' }
      const problem = notWritten(key.key, 'write.transaction')
      return problem === undefined
        ? { version: undefined, outcome: 'unknown' }
        : { problem, outcome: 'unknown' }
    },
    abandon() {
      controller.abort(storeUnavailable(key.key, undefined))
      return Promise.resolve()
    },
  }
}
