import { malformedKey } from '../sql/malformed-key.js'
import type { IdValue, TableShape } from '../sql/table-shape.js'
import { rows, type SqliteDatabase } from './database.js'

/** of a column that is the rowid; by its declaration, since a trigger of the application's may fail in the same words */
const NO_ROWID = `SELECT 1 FROM pragma_table_info(?) WHERE "name" = ? COLLATE NOCASE AND "pk" = 1
  AND "type" = 'INTEGER' COLLATE NOCASE AND CAST(? AS INTEGER) <> ?`

/** The error of an insert; `malformed-key` where its cause is an id that the column cannot hold. `table`: its name, unquoted. */
export function insertError(
  db: SqliteDatabase,
  table: string,
  { rules }: TableShape,
  id: readonly IdValue[],
  error: unknown,
): unknown {
  return error instanceof Error && isForeign(error.message) ? malformedKey(error) : error

  // the drivers share SQLite's own message, and neither the name nor the form of its code
  function isForeign(message: string): boolean {
    const [column = ''] = rules.id
    const [value = ''] = id
    if (message.includes('datatype mismatch'))
      return id.length === 1 && rows(db.prepare(NO_ROWID), [table, column, value, value]).length > 0
    // of a STRICT table
    const refused = /cannot store \w+ value in \w+ column (.+)$/.exec(message)?.[1]?.toLowerCase()
    return rules.id.some((name) => `${table}.${name}`.toLowerCase() === refused)
  }
}
