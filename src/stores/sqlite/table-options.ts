import type { SqlTableOptions } from '../sql/table-options.js'
import { readShape, type TableShape } from '../sql/table-shape.js'
import type { SqliteDatabase } from './database.js'
import { quoted } from './quote.js'

/**
 * The version column is an INTEGER; a TEXT for 'uuid'; a TEXT as `Date.toISOString()` writes it for a timestamp of 0
 * or 3 digits: SQLite's clock has no more.
 */
export interface SqliteTableOptions<Row extends object> extends SqlTableOptions<Row> {
  /** ms that a statement waits for another connection's lock; 5000 where the connection has no timeout of its own */
  readonly busyTimeout?: number
}

export function readSqliteShape<Row extends object>(options: SqliteTableOptions<Row>): TableShape {
  return readShape(options, {
    maker: 'sqliteTable',
    label: (name) => `sqlite table ${name}`,
    quoted,
    // SQLite does not tell names apart by the case of ASCII letters
    folded: (name) => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
    options: ['busyTimeout'],
  })
}

/** Throws where the id is not unique: then one update would write several rows. Looks once per table. */
export function uniqueness({ table, id }: TableShape): (db: SqliteDatabase) => void {
  let unique = false
  return (db) => {
    if (unique) return
    const target = id.join(', ')
    const marks = id.map(() => '?').join(', ')
    db.prepare(`INSERT INTO ${table} (${target}) VALUES (${marks}) ON CONFLICT (${target}) DO NOTHING`)
    unique = true
  }
}
