import { isBusy } from './connection.js'
import { rows, together, write } from './database.js'
import type { SqliteDatabase, SqliteRow, SqliteStatement, SqliteValue } from './database.js'
import type { KnownSchema, SchemaWatch } from './schema-watch.js'

/** One statement that writes a row and returns it. */
export interface Writing {
  /** what tells it from the others on its table */
  readonly key: readonly string[]
  /** the statement, with one more condition on the row */
  readonly sql: (condition: string) => string
  /** its parameters before that condition, and behind it */
  readonly params: readonly SqliteValue[]
  readonly rest: readonly SqliteValue[]
}

/** What a writing needs of its table. */
export interface WritingTable {
  readonly db: SqliteDatabase
  readonly watch: SchemaWatch
  readonly prepare: (sql: string) => SqliteStatement
}

/**
 * The row that a write has left behind. RETURNING tells of it as it was before the triggers that fire after the write,
 * and SQLite has no others that can set a column: where one writes the row once more, its version has moved on, and the
 * one that RETURNING told would be answered as current (P5). Those of `versionTrigger` leave our own writes alone.
 *
 * So a schema without others is kept in mind, and the write itself demands that it is still there: nothing is asked
 * before it, and no trigger can come in between.
 */
export function writtenRow(
  table: WritingTable,
  writing: Writing,
  find: () => readonly SqliteRow[],
): SqliteRow | undefined {
  const { db, watch } = table
  const { known } = watch
  if (known !== undefined) {
    const row = underSchema(table, known, writing)
    if (row !== CHANGED) return row
  }
  const statement = table.prepare(writing.sql('1 = 1'))
  const params = [...writing.params, ...writing.rest]
  if (!watch.hasTriggers()) return write(db, statement, params)[0]
  return together(db, () => {
    const [returned] = rows(statement, params)
    return returned && (find()[0] ?? returned)
  })
}

/** The schema is no longer the known one, and nothing was written. */
const CHANGED = Symbol('changed')

function underSchema(
  { db, prepare }: WritingTable,
  known: KnownSchema,
  { key, sql, params, rest }: Writing,
): SqliteRow | undefined | typeof CHANGED {
  let row: SqliteRow | undefined
  try {
    const statement = known.statements.get(key, () => prepare(sql(known.condition)))
    row = write(db, statement, [...params, ...known.params, ...rest])[0]
  } catch (error) {
    // a statement that was kept may be of columns that are no longer there; whoever has locked the file would be waited
    // for once more
    if (isBusy(error) || known.stands()) throw error
    return CHANGED
  }
  return row !== undefined || known.stands() ? row : CHANGED
}
