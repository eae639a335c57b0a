import type { TableWrite } from '../write-handle.js'
import { BaseHandle } from './base-handle.js'
import type { TableSession } from './table-session.js'

/** What the handler of a table gets. */
export class TableHandle extends BaseHandle implements TableWrite<unknown> {
  readonly #session: TableSession

  constructor(session: TableSession) {
    super(session)
    this.#session = session
  }

  get signal(): AbortSignal {
    return this.#session.givenUp.signal
  }

  get update(): TableWrite<unknown>['update'] {
    return (change) => this.#session.alone((writer, table) => writer.update(table, change))
  }

  get insert(): TableWrite<unknown>['insert'] {
    return (row) => this.#session.alone((writer, table) => writer.insert(table, row))
  }

  get delete(): TableWrite<unknown>['delete'] {
    return () => this.#session.alone((writer, table) => writer.delete(table))
  }

  get transaction(): TableWrite<unknown>['transaction'] {
    return (work, options) => this.#session.transaction(work, options)
  }
}
