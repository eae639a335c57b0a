import { types } from 'node:util'
import { IfMatchError } from '../../core/errors.js'
import { rolledBack } from '../../core/rolled-back.js'
import { insideTransaction, isNested, rollback, type SqliteDatabase } from './database.js'

/** Throws once the transaction is over. */
export type StillOpen = () => void

/**
 * BEGIN IMMEDIATE, `work`, COMMIT. Immediate, since a transaction that reads first and then has to write while
 * another process has written fails at once, whatever the busy timeout.
 *
 * `work` must be done when it returns. One connection has one transaction: whatever other requests did on it while
 * `work` awaited something would be inside too, and go with its rollback.
 */
export function transact<Db extends SqliteDatabase, Steps, T>(
  store: string,
  db: Db,
  stepsIn: (stillOpen: StillOpen) => Steps,
  work: (steps: Steps, db: Db) => T,
): T {
  begin(store, db)
  let open = true
  let committing = false
  const steps = stepsIn(() => {
    if (!open)
      throw mistake(store, 'this step belongs to a transaction that is over. Do not keep the steps for later')
  })
  try {
    const result = work(steps, db)
    if (isThenable(result)) {
      // a promise of ours may reject later, and nobody else knows of it. Not so a lazy query of an ORM:
      // to call its `then` would start it
      if (types.isPromise(result)) result.catch(() => undefined)
      throw mistake(
        store,
        'the work of a transaction answered with a promise, and was rolled back. On a shared connection it must be synchronous: no async, no await',
      )
    }
    committing = true
    db.exec('COMMIT')
    return result
  } catch (error) {
    // a commit that a deferred foreign key refused leaves its transaction open, to be undone
    throw rollback(db) && committing ? rolledBack(error) : error
  } finally {
    open = false
  }
}

/**
 * Refuses to go on where somebody else's transaction is open on this connection: what is written now would be
 * undone by their ROLLBACK after it was answered, what is read now is as old as their snapshot.
 */
export function refuseForeign(store: string, db: SqliteDatabase): void {
  if (insideTransaction(db) !== true) return
  throw mistake(
    store,
    'a transaction is open on this connection. Use the steps that `transaction` hands over; and leave no transaction open across an await: what other requests write meanwhile would be part of it. Give the ledger a connection of its own if you must',
  )
}

/** No savepoints: what is settled in one may still be undone by the transaction around it, after it was answered. */
function begin(store: string, db: SqliteDatabase): void {
  refuseForeign(store, db)
  try {
    db.exec('BEGIN IMMEDIATE')
  } catch (error) {
    if (isNested(error)) {
      throw mistake(store, 'a transaction is open on this connection, and they do not nest', error)
    }
    throw error
  }
}

function isThenable(value: unknown): boolean {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

function mistake(store: string, what: string, cause?: unknown): IfMatchError {
  const message = `${store}: ${what} (ERR_TRANSACTION_ASYNC, see docs/errors.md)`
  return new IfMatchError('ERR_TRANSACTION_ASYNC', message, cause === undefined ? undefined : { cause })
}
