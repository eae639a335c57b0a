import { IfMatchError } from '../../core/errors.js'
import type { TransactionOptions } from '../../core/ledger.js'
import { problemOf } from '../../core/problem.js'
import { isRolledBack } from '../../core/rolled-back.js'
import { answerInside } from '../answer-inside.js'
import { isIfMatchError, isRefusal, type Refusal } from '../problems.js'
import { refusal } from '../refusal.js'
import { storeUnavailable } from './claim-one.js'
import type { HandedOut } from './pending.js'
import type { Remarks, SessionRequest } from './session.js'

/** The work of one `write.transaction`, which its store may run several times. */
export interface Work {
  readonly options: Required<TransactionOptions>
  /** what has been answered inside the work, undefined while nothing has */
  readonly status: number | undefined
  /** before each run: whatever an earlier one has said, of its write or to the client, was never said */
  begin(): void
  /** after each run: lets it commit with `value`, or rolls it back where the handler has answered 400 or more */
  end<T>(value: T): T
}

class RolledBack extends Error {
  constructor(readonly value: unknown) {
    super('the handler has refused inside its transaction')
  }
}

/**
 * Holds what the handler answers inside its work until that has ended: then a success leaves only after the commit,
 * and a refusal rolls back. A success that did not come about was never answered: whoever awaits the
 * transaction gets its error, and may answer that; where nobody does, it is told in the place of the answer.
 */
export async function workInside<T>(
  { req, res, key }: Pick<SessionRequest, 'req' | 'res' | 'key'>,
  remarks: Remarks,
  promise: HandedOut,
  options: TransactionOptions | undefined,
  attempt: (work: Work) => Promise<T>,
): Promise<T> {
  const answer = answerInside(req, res)
  remarks.dropped = undefined
  const said = { ...remarks }
  let runs = 0
  const work: Work = {
    options: { repeatable: options?.repeatable === true },
    get status() {
      return answer.status
    },
    begin() {
      runs += 1
      if (runs === 1) return
      Object.assign(remarks, said)
      if (answer.status === undefined) answer.rewind()
      else {
        const conflict = refusal('transaction-conflict', { resource: key.key })
        // where nobody awaits the work, the answer may be somebody's who goes on beside it, and gives no other
        if (!promise.seen || !answer.rewind()) throw conflict
        remarks.dropped = { cause: conflict }
      }
    },
    end(value) {
      if (res.headersSent && res.statusCode >= 400) throw new RolledBack(value)
      return value
    },
  }
  try {
    const value = await attempt(work)
    answer.release()
    return value
  } catch (error) {
    if (error instanceof RolledBack) {
      answer.release()
      return error.value as T
    }
    if (answer.status !== undefined && answer.status < 400) {
      // an `await` begins to listen only in a later turn than it is written in
      await new Promise((resolve) => setImmediate(resolve))
      if (promise.seen && answer.rewind()) remarks.dropped = { cause: error }
      else promise.insist()
    }
    answer.release()
    throw error
  }
}

/** How far a transaction has come: `store` is everything before the handler's own work. */
export type Step = 'store' | 'work' | 'commit'

/**
 * What a failure means at this step. What the database ended by itself is known to be rolled back; of a commit
 * whose answer was lost nobody knows. `applied`: an earlier write of this request has been made, so that no failure of
 * this one may say that nothing was (P4).
 */
export function failureAt(step: Step, error: unknown, key: string, applied: boolean): unknown {
  if (isRefusal(error)) return onResource(error, key, applied)
  if (step === 'work' || isRolledBack(error)) return error
  if (isIfMatchError(error) && error.code !== 'ERR_STORE_TIMEOUT') return error
  if (step === 'store' && !applied) return storeUnavailable(key, error)
  return refusal('outcome-unknown', { resource: key }, { cause: error })
}

/** A store does not know which resource it was about; neither it nor a judge knows what was written before. */
function onResource(error: Refusal, key: string, applied: boolean): IfMatchError {
  const { problem, headers, cause } = error
  const told = { resource: problem.resource ?? key, applied: applied ? 'unknown' : problem.applied } as const
  if (told.resource === problem.resource && told.applied === problem.applied) return error
  // of this transaction nothing was changed, of the whole request something was: it must not simply be sent again
  const { detail, resolution } = applied ? problemOf('outcome-unknown') : problem
  const next = problem.code === 'transaction-conflict' ? { detail, resolution } : {}
  return new IfMatchError({ ...problem, ...next, ...told }, headers, { cause })
}
