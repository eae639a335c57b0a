import { IfMatchError } from '../../core/errors.js'
import type { MaybePromise } from '../../core/ledger.js'
import { isPromise } from '../../core/promise.js'

/** Throws ERR_WRITE_UNSUPPORTED where the store has no transactions. */
export function requireTransaction<Store extends { readonly name: string; transaction?: unknown }>(
  store: Store,
): asserts store is Store & Required<Pick<Store, 'transaction'>> {
  if (store.transaction === undefined) {
    throw new IfMatchError(
      'ERR_WRITE_UNSUPPORTED',
      `write.transaction: the ${store.name} store takes part in no transaction. Use a store in the application's own database, such as sqliteLedger(db) (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
    )
  }
}

/** Tells a write that is called inside the work of a transaction from one beside it: it would wait for itself. */
export class Nesting {
  #inside = false

  within<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    this.#inside = true
    const leave = () => {
      this.#inside = false
    }
    try {
      const value = work()
      if (isPromise(value)) return value.finally(leave)
      leave()
      return value
    } catch (error) {
      leave()
      throw error
    }
  }

  /** throws ERR_WRITE_UNSUPPORTED inside `within` */
  refuse(instead: string): void {
    if (!this.#inside) return
    throw new IfMatchError(
      'ERR_WRITE_UNSUPPORTED',
      `write: a write inside the work of write.transaction would wait for its end. ${instead} (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
    )
  }
}
