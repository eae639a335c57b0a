import { pickColumns } from '../../core/columns.js'
import { IfMatchError, show } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { Identity, Table, TableSteps } from '../../core/table.js'
import { checkDatabase, waitWhenBusy } from './connection.js'
import { rows, write, type SqliteDatabase, type SqliteStatement, type SqliteValue } from './database.js'
import { isIntegerVersion, predicateOf } from './predicate.js'
import { readShape, type SqliteTableOptions, type TableShape } from './table-options.js'
import { transact, type StillOpen } from './transaction.js'
import { toSqlite } from './values.js'

/** The steps of a table, answered at once. */
export interface SqliteTableSteps<Row> extends TableSteps<Row> {
  find(identity: Identity): Row | undefined
  /** a change without any column still moves the version: the client wrote, and whoever read before must see it */
  update(identity: Identity, expected: Expectation, change: Partial<Row>): Row | undefined
  /** a unique column that is taken is the driver's error; only a row of this very id is `undefined` */
  insert(identity: Identity, row: Partial<Row>): Row | undefined
  delete(identity: Identity, expected: Expectation): Row | undefined
}

/** A table of the application's in a SQLite database, answered at once. */
export interface SqliteTable<Row, Db extends SqliteDatabase = SqliteDatabase>
  extends SqliteTableSteps<Row>, Omit<Table<Row, Db>, keyof TableSteps<Row> | 'transaction'> {
  /** `work` must be synchronous, and may not be called inside another transaction: ERR_TRANSACTION_ASYNC */
  transaction<T>(work: (steps: SqliteTableSteps<Row>, db: Db) => T): T
}

/**
 * The application's own table, with a version column of integers that every write raises by one. The table may be
 * made later than this; its id must be a primary key or unique. Members of a change that are the id or the version
 * are ignored, others that are not listed are refused: ERR_COLUMN_UNKNOWN.
 */
export function sqliteTable<Row extends object, Db extends SqliteDatabase = SqliteDatabase>(
  db: Db,
  options: SqliteTableOptions<Row>,
): SqliteTable<Row, Db> {
  const shape = readShape(options)
  checkDatabase('sqliteTable(db)', db)
  waitWhenBusy(db, options.busyTimeout)
  const { versionColumn } = shape
  return {
    name: shape.name,
    versionColumn,
    columns: shape.columns,
    ...stepsOn<Row>(db, shape, () => undefined),
    versionOf(row) {
      const version = (row as Record<string, unknown>)[versionColumn]
      if (typeof version === 'bigint' && version >= 0n) return String(version)
      // -0 is none either; a rounded number might be another row's version
      if (typeof version === 'number' && Number.isSafeInteger(version) && version >= 0) return String(version)
      throw new IfMatchError(
        'ERR_VERSION_INVALID',
        `${shape.name}: ${show(version)} in column ${show(versionColumn)} is no version. Declare it INTEGER NOT NULL DEFAULT 1; beyond 2^53, set the connection to bigint (ERR_VERSION_INVALID, see docs/errors.md)`,
      )
    },
    isVersion: isIntegerVersion,
    transaction: (work) => transact(shape.name, db, (open) => stepsOn<Row>(db, shape, open), work),
  }
}

function stepsOn<Row>(db: SqliteDatabase, shape: TableShape, open: StillOpen): SqliteTableSteps<Row> {
  const { table, version } = shape
  // every column is named with its table: a bare "name" that does not exist would be a text for some builds of SQLite
  const here = shape.id.map((column) => `${table}.${column} = ?`).join(' AND ')
  // NULL + 1 is NULL: without a version there is nothing to count on, and versionOf says so
  const counted = `typeof(${table}.${version}) IN ('integer', 'real')`

  // not kept: node:sqlite of Node 22 would go on giving the names of columns as they were before a migration
  const prepare = (sql: string): SqliteStatement => {
    open()
    try {
      shape.checkUnique(db)
      return db.prepare(sql)
    } catch (error) {
      throw schemaError(shape, error)
    }
  }
  const only = (found: readonly unknown[]): Row | undefined => found[0] as Row | undefined
  const where = (expected: Expectation): [string, readonly SqliteValue[]] => {
    const { sql, params } = predicateOf(expected, `${table}.${version}`)
    return [`WHERE ${here} AND ${counted}${sql === '' ? '' : ` AND ${sql}`}`, params]
  }

  return {
    find: (identity) => {
      return only(rows(prepare(`SELECT * FROM ${table} WHERE ${here}`), shape.idOf(identity)))
    },
    update(identity, expected, change) {
      const picked = pickColumns(change, shape.rules)
      const sets = picked.map(([column]) => `${shape.quotedColumn(column)} = ?, `).join('')
      const values = picked.map(([column, value]) => toSqlite(`${shape.name}, column ${show(column)}`, value))
      const [condition, params] = where(expected)
      const sql = `UPDATE ${table} SET ${sets}${version} = ${table}.${version} + 1 ${condition} RETURNING *`
      return only(write(db, prepare(sql), [...values, ...shape.idOf(identity), ...params]))
    },
    insert(identity, row) {
      const picked = pickColumns(row, shape.rules)
      const names = [...shape.id, version, ...picked.map(([column]) => shape.quotedColumn(column))]
      const values = picked.map(([column, value]) => toSqlite(`${shape.name}, column ${show(column)}`, value))
      const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
        ON CONFLICT (${shape.id.join(', ')}) DO NOTHING RETURNING *`
      return only(write(db, prepare(sql), [...shape.idOf(identity), shape.start(), ...values]))
    },
    delete(identity, expected) {
      const [condition, params] = where(expected)
      const sql = `DELETE FROM ${table} ${condition} RETURNING *`
      return only(write(db, prepare(sql), [...shape.idOf(identity), ...params]))
    },
  }
}

function schemaError(shape: TableShape, error: unknown): unknown {
  if (!(error instanceof Error) || !/no such|has no column|ON CONFLICT clause/.test(error.message))
    return error
  return new IfMatchError(
    'ERR_STORE_SCHEMA',
    `${shape.name}: ${error.message}. Its options \`name\`, \`id\`, \`version\` and \`columns\` must be as the table is, and \`id\` its primary key or unique (ERR_STORE_SCHEMA, see docs/errors.md)`,
    { cause: error },
  )
}
