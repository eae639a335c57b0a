import { setTimeout as later } from 'node:timers/promises'
import { IfMatchError } from '../../core/errors.js'
import { refusal } from '../../core/refusal.js'

/** The number that MySQL gave an error, or what it was caused by; ORMs wrap it. */
export function errorNumber(error: unknown): number | undefined {
  for (let depth = 0, one = error; depth < 5 && one instanceof Error; depth++, one = one.cause) {
    const { errno } = one as { errno?: unknown }
    // a failed connection has one too, which is the operating system's, and negative
    if (typeof errno === 'number' && errno >= 1000) return errno
  }
  return undefined
}

/** ER_DUP_ENTRY */
export const DUPLICATE = 1062

/** ER_LOCK_DEADLOCK: the whole transaction has been rolled back */
const DEADLOCK = 1213

/**
 * ER_LOCK_WAIT_TIMEOUT; and ER_CHECKREAD, by which MariaDB with innodb_snapshot_isolation refuses to lock a row that
 * has changed since the transaction began to read.
 */
const IN_THE_WAY: readonly (number | undefined)[] = [DEADLOCK, 1205, 1020]

/** Another transaction was in the way: nothing of this one can be committed any more. */
export function isConflict(error: unknown): boolean {
  return !(error instanceof IfMatchError) && IN_THE_WAY.includes(errorNumber(error))
}

/** how often what another transaction was in the way of is begun again */
export const MOST_REPEATS = 3

/** Runs `work`, and again where another transaction was in its way, at most `repeats` times. */
export async function repeated<T>(repeats: number, work: () => Promise<T>): Promise<T> {
  for (let repeat = 0; ; repeat++) {
    try {
      return await work()
    } catch (error) {
      if (repeat >= repeats || !isConflict(error)) throw error
    }
  }
}

/** Of many that insert one key at once, each may be in the way of any other: as many deadlocks as there are pairs. */
const MOST_DEADLOCKS = 20
/** ms; the pause before a repeat is drawn below it, and is there from the third on */
const LONGEST_PAUSE = 50

/** A write of our own that a deadlock ended: it was alone in its transaction, so that it can always begin again. */
export async function undisturbed<T>(work: () => Promise<T>): Promise<T> {
  for (let repeat = 0; ; repeat++) {
    try {
      return await work()
    } catch (error) {
      if (repeat >= MOST_DEADLOCKS || errorNumber(error) !== DEADLOCK) throw error
      if (repeat > 1) await later(Math.random() * Math.min(2 ** repeat, LONGEST_PAUSE))
    }
  }
}

export function conflict(cause: unknown): IfMatchError {
  return refusal('transaction-conflict', {}, { cause })
}

/** ER_NO_DB_ERROR, ER_BAD_DB_ERROR, ER_BAD_FIELD_ERROR, ER_NO_SUCH_TABLE */
const MISSING: readonly (number | undefined)[] = [1046, 1049, 1054, 1146]

/** Whether a database, a table or a column is not there. */
export function isMissing(error: unknown): boolean {
  return !(error instanceof IfMatchError) && MISSING.includes(errorNumber(error))
}

/** What the server said is missing, as ERR_STORE_SCHEMA; any other error as it is. */
export function schemaError(store: string, fix: string, error: unknown): unknown {
  if (!isMissing(error)) return error
  return schemaMistake(store, `${(error as Error).message}. ${fix}`, error)
}

export function schemaMistake(store: string, what: string, cause?: unknown): IfMatchError {
  const message = `${store}: ${what} (ERR_STORE_SCHEMA, see docs/errors.md)`
  return new IfMatchError('ERR_STORE_SCHEMA', message, cause === undefined ? undefined : { cause })
}

/** A transaction that is open where none may be, or over where one must be open. */
export function transactionMistake(store: string, what: string, cause?: unknown): IfMatchError {
  const message = `${store}: ${what} (ERR_TRANSACTION_ASYNC, see docs/errors.md)`
  return new IfMatchError('ERR_TRANSACTION_ASYNC', message, cause === undefined ? undefined : { cause })
}

export function unsupported(store: string, what: string): IfMatchError {
  return new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `${store}: ${what} (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}
