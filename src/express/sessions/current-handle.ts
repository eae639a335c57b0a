import type { CurrentWrite, SqlOptions } from '../write-handle.js'
import { BaseHandle } from './base-handle.js'
import type { CurrentSession } from './current-session.js'
import { ormWhere, sqlWhere } from './current-where.js'

/** What the handler of `current` gets. */
export class CurrentHandle extends BaseHandle implements CurrentWrite<unknown> {
  readonly #session: CurrentSession

  constructor(session: CurrentSession) {
    super(session)
    this.#session = session
  }

  get current(): unknown {
    return this.#session.found.row
  }

  get signal(): AbortSignal {
    return this.#session.claims.signal
  }

  get fence(): number {
    return this.#session.claims.record.fence
  }

  get where(): CurrentWrite<unknown>['where'] {
    const { way, request, found } = this.#session
    const { expectation } = request.demand
    return ((form?: 'sql', options?: SqlOptions) =>
      form === 'sql'
        ? sqlWhere(way, expectation, found, options)
        : ormWhere(way, expectation, found)) as CurrentWrite<unknown>['where']
  }

  get missed(): CurrentWrite<unknown>['missed'] {
    return () => this.#session.missed()
  }
}
