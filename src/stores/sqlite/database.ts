/*
 * What better-sqlite3, libsql and node:sqlite have in common, and where they differ (measured with
 * better-sqlite3 12, libsql 0.5, node:sqlite of Node 22 and 24):
 *
 * - `all` is the only call that runs a statement to its end in all three. `get` on UPDATE … RETURNING keeps
 *   better-sqlite3 from ever checkpointing, and keeps libsql inside its transaction; `run` on a statement that
 *   returns rows is not even committed by libsql. So everything here goes through `all`.
 * - libsql leaves a statement that failed as busy in progress, and then refuses every COMMIT of the connection
 *   until it is run again or collected. Its writes therefore take the write lock first, see `write`.
 * - libsql panics, and takes the process down, when it is given a boolean, or a sole Buffer; node:sqlite takes a
 *   sole object for named parameters. Values are converted before they get here (values.ts).
 * - better-sqlite3 does not take `?1`, node:sqlite of Node 22 gives outdated column names to a kept `SELECT *`.
 * - integers beyond 2^53 are rounded by better-sqlite3 and libsql, refused by node:sqlite, and whole in all
 *   three once the connection is set to bigint; then every integer is one.
 */

/** A connection as better-sqlite3, libsql and node:sqlite's DatabaseSync have it. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

export interface SqliteStatement {
  run(...params: unknown[]): { readonly changes: number | bigint }
  get(...params: unknown[]): unknown
  all(...params: unknown[]): unknown[]
}

/** What all three can bind, and nothing else. */
export type SqliteValue = string | number | bigint | Uint8Array | null

export type SqliteRow = Readonly<Record<string, unknown>>

export function rows(statement: SqliteStatement, params: readonly SqliteValue[]): readonly SqliteRow[] {
  return statement.all(...params) as SqliteRow[]
}

/**
 * One statement that writes, and the rows it returns. For libsql inside BEGIN IMMEDIATE: a busy database then
 * refuses the BEGIN, which leaves nothing behind, and not the statement, which would (libsql-js pull request 238).
 */
export function write(
  db: SqliteDatabase,
  statement: SqliteStatement,
  params: readonly SqliteValue[],
): readonly SqliteRow[] {
  if (!('syncUntil' in db)) return rows(statement, params)
  return together(db, () => rows(statement, params))
}

/** Several statements that nobody comes in between: in the transaction that is open, else in one of their own. */
export function together<T>(db: SqliteDatabase, work: () => T): T {
  if (insideTransaction(db) === true) return work()
  try {
    db.exec('BEGIN IMMEDIATE')
  } catch (error) {
    if (isNested(error)) return work()
    throw error
  }
  try {
    const done = work()
    db.exec('COMMIT')
    return done
  } catch (error) {
    rollback(db)
    throw error
  }
}

/** Where the driver did not say that a transaction is open, SQLite does. */
export function isNested(error: unknown): boolean {
  return error instanceof Error && error.message.includes('within a transaction')
}

/** Undefined where the driver does not say: node:sqlite before Node 22.16. */
export function insideTransaction(db: SqliteDatabase): boolean | undefined {
  const { inTransaction, isTransaction } = db as { inTransaction?: boolean; isTransaction?: boolean }
  return inTransaction ?? isTransaction
}

/** Whether there was a transaction to roll back, and it was. */
export function rollback(db: SqliteDatabase): boolean {
  try {
    db.exec('ROLLBACK')
    return true
  } catch {
    // some failures (a full disk, ON CONFLICT ROLLBACK) have rolled back already; the caller throws their cause
    return false
  }
}
