import { IfMatchError } from '../../core/errors.js'
import type { Ledger } from '../../core/ledger.js'

type Transaction = NonNullable<Ledger<unknown>['transaction']>

/** The store's `transaction`, bound to it; ERR_WRITE_UNSUPPORTED where it has none. */
export function requireTransaction(store: Pick<Ledger<unknown>, 'name' | 'transaction'>): Transaction {
  if (store.transaction === undefined) {
    throw new IfMatchError(
      'ERR_WRITE_UNSUPPORTED',
      `write.transaction: the ${store.name} store takes part in no transaction. Use a ledger in the application's own database, such as sqliteLedger(db) (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
    )
  }
  return store.transaction.bind(store)
}

/** Carries the value of a work that is rolled back, since the handler has answered 400 or more inside it. */
class RolledBack extends Error {
  constructor(readonly value: unknown) {
    super('the handler refused inside its transaction')
  }
}

export function rollsBack<T>(answered: number | undefined, value: T): T {
  if (answered !== undefined && answered >= 400) throw new RolledBack(value)
  return value
}

/** The value of a work that was rolled back in that way; any other error is thrown on. */
export function unlessRolledBack<T>(error: unknown): T {
  if (error instanceof RolledBack) return error.value as T
  throw error
}
