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
    const { claimed, givenUp } = this.#session
    // a claim that came after it was given up on is ended, and not lost
    return (givenUp.reason === undefined && claimed !== undefined ? claimed : givenUp).signal
  }

  get fence(): number {
    const { claimed, transaction } = this.#session
    return (claimed?.record ?? transaction.committed)?.fence ?? 0
  }

  get transaction(): LedgerWrite['transaction'] {
    return (work, options) => this.#session.run(work, options)
  }
}
