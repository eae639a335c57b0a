import { optionError } from '../../core/errors.js'
import { rows, type SqliteDatabase, type SqliteRow } from './database.js'

/** ms; what better-sqlite3 waits by itself. libsql and node:sqlite would not wait at all. */
const BUSY_TIMEOUT = 5000

/** Refuses clients that answer with promises or callbacks: nothing here would notice that they have not answered yet. */
export function checkDatabase(option: string, db: SqliteDatabase): void {
  if (!isObject(db) || typeof db.exec !== 'function' || typeof db.prepare !== 'function') {
    throw optionError(option, db, 'Hand over a connection of better-sqlite3, libsql or node:sqlite.')
  }
  // of all statements one that does not look at the file: nobody waits yet for a lock that another process has
  const statement: unknown = db.prepare('PRAGMA busy_timeout')
  const all = (statement as { all?: unknown } | undefined)?.all
  if (typeof all !== 'function' || !Array.isArray(all.call(statement))) {
    throw optionError(
      option,
      db,
      'It must answer at once: better-sqlite3, libsql (not libsql/promise) or node:sqlite.',
    )
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/**
 * How long a statement waits for another connection's lock. The wait holds up the whole process; without any, two
 * writers at the same moment would be an error. Left alone where the application has set its own.
 */
export function waitWhenBusy(db: SqliteDatabase, ms: number | undefined): void {
  if (ms !== undefined && (!Number.isInteger(ms) || ms < 0 || ms > 600_000)) {
    throw optionError('busyTimeout', ms, 'Give whole milliseconds, at most 600000; left out, it is 5000.')
  }
  if (ms === undefined && Number(pragma(db, 'busy_timeout')?.timeout) > 0) return
  db.exec(`PRAGMA busy_timeout = ${ms ?? BUSY_TIMEOUT}`)
}

/** Whether its data ends with the connection: then there is no file, and nothing for WAL to do. */
export function isInMemory(db: SqliteDatabase): boolean {
  const main = rows(db.prepare('PRAGMA database_list'), []).find((row) => row.name === 'main')
  return main?.file === '' || main?.file === null
}

/**
 * Readers and one writer side by side. The switch needs the file for itself, and SQLite does not wait for it as
 * it does for other locks: processes that start together would fail. So this waits, as long as a statement would.
 */
export function useWriteAheadLog(db: SqliteDatabase): void {
  const end = performance.now() + Number(pragma(db, 'busy_timeout')?.timeout)
  while (pragma(db, 'journal_mode')?.journal_mode !== 'wal') {
    try {
      db.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

function pragma(db: SqliteDatabase, name: string): SqliteRow | undefined {
  return rows(db.prepare(`PRAGMA ${name}`), [])[0]
}

/** The three drivers share SQLite's own message, and neither the name nor the form of its code. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && error.message.includes('database is locked')
}
