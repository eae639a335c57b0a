import { rows, together, write } from './database.js'
import type { SqliteDatabase, SqliteRow, SqliteStatement, SqliteValue } from './database.js'
import { triggerNames } from './version-trigger.js'

/** One statement that writes a row and returns it, and how that row is read. */
export interface Written {
  readonly statement: SqliteStatement
  readonly params: readonly SqliteValue[]
  readonly find: () => readonly SqliteRow[]
  /** `TRIGGERS` */
  readonly triggers: SqliteStatement
}

/** Finds one that is not of `versionTrigger`: of the table's name and the names of those. Of a text that no migration changes, so that it may be kept. */
export const TRIGGERS = `SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE AND name NOT IN (?, ?)`

/**
 * The row that a write has left behind. RETURNING tells of it as it was before the triggers that fire after the write,
 * and SQLite has no others that can set a column: where one writes the row once more, its version has moved on, and the
 * one that RETURNING told would be answered as current (P5). Those of `versionTrigger` leave our own writes alone.
 */
export function writtenRow(
  db: SqliteDatabase,
  tableName: string,
  { statement, params, find, triggers }: Written,
): SqliteRow | undefined {
  const triggered = rows(triggers, [tableName, ...triggerNames(tableName)]).length > 0
  if (!triggered) return write(db, statement, params)[0]
  return together(db, () => {
    const [returned] = rows(statement, params)
    return returned && (find()[0] ?? returned)
  })
}
