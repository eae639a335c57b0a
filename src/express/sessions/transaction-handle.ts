import type { LedgerWrite } from '../write-handle.js'
import { BaseHandle } from './base-handle.js'
import type { TransactionSession } from './transaction-session.js'

/** What a handler gets that writes inside `write.transaction`, and needs no claim. */
export class TransactionHandle extends BaseHandle implements LedgerWrite {
  readonly #session: TransactionSession

  constructor(session: TransactionSession) {
    super(session)
    this.#session = session
  }

  get signal(): AbortSignal {
    const { claims, givenUp } = this.#session
    return (claims ?? givenUp).signal
  }

  get fence(): number {
    const { claims, transaction } = this.#session
    return (claims?.record ?? transaction.committed)?.fence ?? 0
  }

  get transaction(): LedgerWrite['transaction'] {
    return (work, options) => this.#session.run(work, options)
  }
}
