import type { Expectation } from '../../core/expectation.js'
import type { LedgerWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import type { LedgerSession } from './ledger-session.js'

/**
 * What the handler gets. Its methods may be taken out of it (`const { conflict } = write`), and are made only when
 * they are asked for: most handlers under a guard never look at it.
 */
export class LedgerHandle implements LedgerWrite {
  readonly #session: LedgerSession

  constructor(session: LedgerSession) {
    this.#session = session
  }

  get key(): string {
    return this.#session.request.key.key
  }

  get expected(): Expectation {
    return this.#session.request.demand.expectation
  }

  get signal(): AbortSignal {
    return this.#session.claims.signal
  }

  get fence(): number {
    return this.#session.claims.record.fence
  }

  get conflict(): LedgerWrite['conflict'] {
    const { conflict } = this.#base()
    return conflict
  }

  get unchanged(): LedgerWrite['unchanged'] {
    const { unchanged } = this.#base()
    return unchanged
  }

  get wrote(): LedgerWrite['wrote'] {
    const { wrote } = this.#base()
    return wrote
  }

  get transaction(): LedgerWrite['transaction'] {
    return (work, options) => this.#session.work.run(work, options)
  }

  #base() {
    const session = this.#session
    const { request, remarks } = session
    return baseHandle({
      key: request.key.key,
      expectation: request.demand.expectation,
      remarks,
      pending: { excuse: () => session.begun?.pending.excuse() },
      applied: () => session.begun?.transaction.committed !== undefined,
    })
  }
}
