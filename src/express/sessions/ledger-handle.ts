import type { LedgerWrite } from '../write-handle.js'
import { BaseHandle } from './base-handle.js'
import type { LedgerSession } from './ledger-session.js'

/** What the handler of a ledger gets. */
export class LedgerHandle extends BaseHandle implements LedgerWrite {
  readonly #session: LedgerSession

  constructor(session: LedgerSession) {
    super(session)
    this.#session = session
  }

  get signal(): AbortSignal {
    return this.#session.claims.signal
  }

  get fence(): number {
    return this.#session.claims.record.fence
  }

  get transaction(): LedgerWrite['transaction'] {
    return (work, options) => this.#session.work.run(work, options)
  }
}
