import type { IfMatchError } from '../../core/errors.js'
import type { MaybePromise, TransactionOptions } from '../../core/ledger.js'
import type { Outcome } from '../../core/machine.js'
import type { ClaimRequest } from './claim-set.js'
import { failureOf, transactionUnder, unanswered, type LedgerTransaction } from './ledger-transaction.js'
import type { LedgerSession } from './ledger-session.js'
import { Pending } from './pending.js'
import type { Remarks, Settled } from './session.js'
import { Nesting } from './transaction.js'
import { workInside } from './transaction-work.js'

/** What a handler does in transactions under its claim. */
export class LedgerWork {
  readonly pending = new Pending()
  readonly transaction: LedgerTransaction
  readonly #nested = new Nesting()
  readonly #request: ClaimRequest
  readonly #remarks: Remarks

  constructor(session: LedgerSession) {
    const { request, ledger, claims, remarks } = session
    this.#request = request
    this.#remarks = remarks
    const refuse = (error: IfMatchError) => {
      for (const judge of [request, ...(session.judges ?? [])]) judge.refuse(error)
    }
    this.transaction = transactionUnder(
      { req: request.req, key: request.key, claims: request.claims, refuse },
      ledger,
      claims,
      remarks,
      () => this.pending.closed,
    )
  }

  run<T>(work: (client: unknown) => MaybePromise<T>, options: TransactionOptions | undefined): Promise<T> {
    this.#nested.refuse('Use the client that it hands over.')
    return this.pending.track((promise) =>
      workInside(this.#request, this.#remarks, promise, options, (inside) =>
        this.transaction.run(inside, (client) => this.#nested.within(() => work(client))),
      ),
    )
  }

  unanswered(): IfMatchError | undefined {
    return unanswered(this.#remarks, this.#request.key.key, this.transaction.committed !== undefined)
  }

  /** the handler has answered, and waits for none of it any more; never rejects */
  async ended(status: number): Promise<void> {
    await this.pending.settled()
    await this.transaction.answered(this.pending.insistedFailure === undefined ? status : 500)
  }

  /** what is to be answered because of what happened in here; undefined where the claim's own ending says it */
  settled(status: number, outcome: Outcome): Settled | undefined {
    const { committed } = this.transaction
    const { insistedFailure: insisted, unseenFailure } = this.pending
    if (insisted === undefined && committed !== undefined && outcome.kind !== 'written')
      return { version: undefined, outcome: 'written' }
    const failure = insisted ?? (status < 400 ? unseenFailure : undefined)
    if (failure === undefined) return undefined
    const problem = failureOf(failure.cause, this.#request.key.key, committed !== undefined)
    return { problem, outcome: outcome.kind }
  }
}
