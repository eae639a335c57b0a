import { IfMatchError } from '../../core/errors.js'
import type { TransactionOptions } from '../../core/ledger.js'
import { problemOf } from '../../core/problem.js'
import { isRolledBack } from '../../core/rolled-back.js'
import { answerInside, type AnswerInside } from '../answer-inside.js'
import { isIfMatchError, isRefusal, type Refusal } from '../problems.js'
import { refusal } from '../../core/refusal.js'
import { storeUnavailable } from './claim-one.js'
import type { HandedOut } from './pending.js'
import type { Remarks, SessionRequest } from './session.js'

class RolledBack extends Error {
  constructor(readonly value: unknown) {
    super('the handler has refused inside its transaction')
  }
}

type Answering = Pick<SessionRequest, 'req' | 'res' | 'key'>

/**
 * The work of one `write.transaction`, which its store may run several times. Holds what the handler answers inside it
 * until that has ended: then a success leaves only after the commit, and a refusal rolls back. A success that did not
 * come about was never answered: whoever awaits the transaction gets its error, and may answer that; where nobody
 * does, it is told in the place of the answer.
 */
export class Work {
  readonly options: Required<TransactionOptions>
  readonly #request: Answering
  readonly #remarks: Remarks
  readonly #promise: HandedOut
  readonly #answer: AnswerInside
  /** what was said of the write before */
  readonly #said: Remarks
  #runs = 0

  constructor(
    request: Answering,
    remarks: Remarks,
    promise: HandedOut,
    options: TransactionOptions | undefined,
  ) {
    remarks.dropped = undefined
    this.options = { repeatable: options?.repeatable === true }
    this.#request = request
    this.#remarks = remarks
    this.#promise = promise
    this.#answer = answerInside(request.req, request.res)
    this.#said = { ...remarks }
  }

  /** what has been answered inside the work, undefined while nothing has */
  get status(): number | undefined {
    return this.#answer.status
  }

  /** before each run: whatever an earlier one has said, of its write or to the client, was never said */
  begin(): void {
    this.#runs += 1
    if (this.#runs === 1) return
    Object.assign(this.#remarks, this.#said)
    if (this.status === undefined) {
      this.#answer.rewind()
      return
    }
    const conflict = refusal('transaction-conflict', { resource: this.#request.key.key })
    // where nobody awaits the work, the answer may be somebody's who goes on beside it, and gives no other
    if (!this.#promise.seen || !this.#answer.rewind()) throw conflict
    this.#remarks.dropped = { cause: conflict }
  }

  /** after each run: lets it commit with `value`, or rolls it back where the handler has answered 400 or more */
  end<T>(value: T): T {
    const { res } = this.#request
    if (res.headersSent && res.statusCode >= 400) throw new RolledBack(value)
    return value
  }

  /** what came of it, and its answer on its way */
  async outcome<T>(attempt: Promise<T>): Promise<T> {
    try {
      return await attempt
    } catch (error) {
      if (error instanceof RolledBack) return error.value as T
      if (this.status !== undefined && this.status < 400) await this.#takeBack(error)
      throw error
    } finally {
      this.#answer.release()
    }
  }

  async #takeBack(error: unknown): Promise<void> {
    // an `await` begins to listen only in a later turn than it is written in
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#promise.seen && this.#answer.rewind()) this.#remarks.dropped = { cause: error }
    else this.#promise.insist()
  }
}

export function workInside<T>(
  request: Answering,
  remarks: Remarks,
  promise: HandedOut,
  options: TransactionOptions | undefined,
  attempt: (work: Work) => Promise<T>,
): Promise<T> {
  const work = new Work(request, remarks, promise, options)
  return work.outcome(attempt(work))
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
