import { randomInt } from 'node:crypto'
import type { ColumnRules } from '../../core/columns.js'
import { IfMatchError, optionError, show } from '../../core/errors.js'
import type { Identity } from '../../core/table.js'
import type { SqliteDatabase, SqliteValue } from './database.js'
import { quoted } from './quote.js'

export interface SqliteTableOptions<Row extends object> {
  /** the table's name, as data: it is quoted, so a schema cannot stand in front of it */
  readonly name: string
  /** its primary key, or unique columns; `id` */
  readonly id?: (keyof Row & string) | readonly (keyof Row & string)[]
  /** an INTEGER NOT NULL column; `version` */
  readonly version?: keyof Row & string
  /** what `update` and `insert` may set */
  readonly columns: readonly (keyof Row & string)[]
  /** the version of a row that is inserted: a whole number above any that a row of this id ever had */
  readonly start?: () => number
  /** ms that a statement waits for another connection's lock; 5000 where the connection has no timeout of its own */
  readonly busyTimeout?: number
}

/** The options, checked and quoted. */
export interface TableShape {
  readonly name: string
  readonly versionColumn: string
  readonly columns: readonly string[]
  readonly rules: ColumnRules
  /** quoted, as the ones below are */
  readonly table: string
  readonly id: readonly string[]
  readonly version: string
  quotedColumn(column: string): string
  idOf(identity: Identity): SqliteValue[]
  start(): number
  /** throws where the id is not unique: then one update would write several rows */
  checkUnique(db: SqliteDatabase): void
}

const OPTIONS = ['name', 'id', 'version', 'columns', 'start', 'busyTimeout']

export function readShape<Row extends object>(options: SqliteTableOptions<Row>): TableShape {
  for (const [name, value] of Object.entries(options)) {
    const fix = `sqliteTable takes ${OPTIONS.join(', ')}.`
    if (!OPTIONS.includes(name)) throw optionError(name, value, fix, 'ERR_OPTION_UNKNOWN')
  }
  const { version: versionColumn = 'version', columns, start = startOfLife } = options
  const ids: readonly string[] = typeof options.id === 'object' ? options.id : [options.id ?? 'id']
  const table = quoted('name', options.name)
  const id = ids.map((column) => quoted('id', column))
  const version = quoted('version', versionColumn)
  if (id.length === 0) throw optionError('id', ids, 'Name at least one column.')
  if (!isArray(columns)) throw optionError('columns', columns, 'List the columns that may be set.')
  // SQLite does not tell names apart by case
  const reserved = [...id, version].map((column) => column.toLowerCase())
  const names = new Map<string, string>()
  for (const column of columns) {
    const name = quoted('columns', column)
    if (reserved.includes(name.toLowerCase())) {
      throw optionError(
        'columns',
        column,
        'The id and the version are never set by a change; leave them out.',
      )
    }
    names.set(column, name)
  }
  if (typeof start !== 'function')
    throw optionError('start', start, 'Give a function that returns a whole number.')
  const label = `sqlite table ${options.name}`
  let unique = false
  return {
    name: label,
    versionColumn,
    columns: [...columns],
    rules: { table: label, columns: [...columns], id: ids, version: versionColumn },
    table,
    id,
    version,
    quotedColumn: (column) => names.get(column) ?? quoted('columns', column),
    idOf: (identity) => ids.map((column) => idValue(label, identity, column, ids.length === 1)),
    start() {
      const count: unknown = start()
      if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count
      throw optionError('start()', count, 'Return a whole number, 0 or above, below 2^53.')
    },
    checkUnique(db) {
      if (unique) return
      const target = id.join(', ')
      const marks = id.map(() => '?').join(', ')
      db.prepare(`INSERT INTO ${table} (${target}) VALUES (${marks}) ON CONFLICT (${target}) DO NOTHING`)
      unique = true
    },
  }
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/**
 * A row that is deleted takes its version with it. Were the next one of the same id to start at 1 again, a version
 * that a client still holds would come back and match (P2). The wall clock in microseconds is above whatever an
 * earlier life reached, unless that had over a thousand updates in every ms of its life; the random digits
 * tell lives apart that began in the same ms. Below 2^53 until the year 2255.
 */
function startOfLife(): number {
  return Date.now() * 1000 + randomInt(1000)
}

/** A template with one parameter may call it as the column, or `id`. */
function idValue(table: string, identity: Identity, column: string, sole: boolean): SqliteValue {
  const value = Object.hasOwn(identity, column) || !sole ? identity[column] : identity.id
  if (typeof value === 'string' || typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new IfMatchError(
    'ERR_KEY_MISMATCH',
    `${table}: the key gives ${show(value)} for the id column ${show(column)}. Its template must have a parameter of that name, with a text or a number (ERR_KEY_MISMATCH, see docs/errors.md)`,
  )
}
