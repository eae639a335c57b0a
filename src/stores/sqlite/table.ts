import { pickColumns } from '../../core/columns.js'
import { IfMatchError, show } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { Identity, Table, TableSteps } from '../../core/table.js'
import { checkDatabase, waitWhenBusy } from './connection.js'
import { rows, write, type SqliteDatabase, type SqliteStatement, type SqliteValue } from './database.js'
import { predicateOf, withVersion, type Predicate } from '../sql/predicate.js'
import type { TableShape } from '../sql/table-shape.js'
import { insertError } from './foreign-id.js'
import { versionPredicates } from './predicate.js'
import { TABLE_PROMISES } from './promises.js'
import { schemaWatch, type SchemaWatch } from './schema-watch.js'
import { readSqliteShape, uniqueness, type SqliteTableOptions } from './table-options.js'
import { transact, type StillOpen } from './transaction.js'
import { toSqlite } from './values.js'
import { momentSql, versionSql, type VersionSql } from './version-sql.js'
import { writtenRow, type Writing } from './written-row.js'

/** The steps of a table, answered at once. */
export interface SqliteTableSteps<Row> extends TableSteps<Row> {
  find(identity: Identity): Row | undefined
  /** a change without any column still moves the version: the client wrote, and whoever read before must see it */
  update(identity: Identity, expected: Expectation, change: Partial<Row>): Row | undefined
  /**
   * a unique column that is taken is the driver's error; only a row of this very id is `undefined`; an id that its column
   * cannot hold is `malformed-key`
   */
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
 * The application's own table, with a version column that every write moves on. The table may be made later than
 * this; its id must be a primary key or unique. Members of a change that are the id or the version are ignored,
 * others that are not listed are refused: ERR_COLUMN_UNKNOWN.
 *
 * What the connection is told of its integers (`defaultSafeIntegers`) must be said before the first write: statements are kept.
 */
export function sqliteTable<Row extends object, Db extends SqliteDatabase = SqliteDatabase>(
  db: Db,
  options: SqliteTableOptions<Row>,
): SqliteTable<Row, Db> {
  const shape = readSqliteShape(options)
  const sql = versionSql(shape.rule, options.start !== undefined)
  checkDatabase('sqliteTable(db)', db)
  waitWhenBusy(db, options.busyTimeout)
  const watch = schemaWatch(db, options.name)
  const prepared = { tableName: options.name, shape, sql, watch, checkUnique: uniqueness(shape) }
  return {
    name: shape.name,
    promises: TABLE_PROMISES,
    versionColumn: shape.versionColumn,
    columns: shape.columns,
    ...stepsOn<Row>(db, prepared, () => undefined),
    versionOf: (row) => shape.versionOf(row),
    isVersion: (text) => shape.rule.isVersion(text),
    transaction: (work) => transact(shape.name, db, (open) => stepsOn<Row>(db, prepared, open), work),
  }
}

interface Prepared {
  /** unquoted */
  readonly tableName: string
  readonly shape: TableShape
  readonly sql: VersionSql
  readonly watch: SchemaWatch
  readonly checkUnique: (db: SqliteDatabase) => void
}

function stepsOn<Row>(
  db: SqliteDatabase,
  { tableName, shape, sql: versions, watch, checkUnique }: Prepared,
  open: StillOpen,
): SqliteTableSteps<Row> {
  const { table } = shape
  // every column is named with its table: a bare "name" that does not exist would be a text for some builds of SQLite
  const version = `${table}.${shape.version}`
  const deleted = shape.deleted === undefined ? undefined : `${table}.${shape.deleted}`
  const ids = shape.id.map((column) => `${table}.${column} = ?`).join(' AND ')
  const row = deleted === undefined ? ids : `${ids} AND ${deleted} IS NULL`
  const predicates = versionPredicates(shape.rule, version)

  // not kept, but under a known schema: node:sqlite of Node 22 would go on giving the names of columns as they were
  // before a migration
  const prepare = (sql: string): SqliteStatement => {
    open()
    try {
      checkUnique(db)
      return db.prepare(sql)
    } catch (error) {
      throw schemaError(shape, error)
    }
  }
  const only = (found: readonly unknown[]): Row | undefined => found[0] as Row | undefined
  const look = (identity: Identity) =>
    rows(prepare(`SELECT * FROM ${table} WHERE ${row}`), shape.idOf(identity))
  const here = (condition: Predicate) =>
    `WHERE ${row} AND ${withVersion(condition, versions.counted(version))}`
  const demanded = (identity: Identity, { params }: Predicate): SqliteValue[] => [
    ...shape.idOf(identity),
    ...(params as SqliteValue[]),
  ]
  const valueOf = (column: string, value: unknown) =>
    toSqlite(value, () => `${shape.name}, column ${show(column)}`)
  const run = (sql: string, params: readonly SqliteValue[]) => only(write(db, prepare(sql), params))
  const own = { db, watch, prepare }
  const written = (identity: Identity, writing: Writing) => {
    open()
    return writtenRow(own, writing, () => look(identity)) as Row | undefined
  }
  const inserted = (identity: Identity, writing: Writing) => {
    try {
      return written(identity, writing)
    } catch (error) {
      throw insertError(db, tableName, shape, shape.idOf(identity), error)
    }
  }

  return {
    find: (identity) => only(look(identity)),
    update(identity, expected, change) {
      const predicate = predicateOf(expected, shape.rule, predicates)
      const next = versions.next(version)
      const key: string[] = []
      const params = pickColumns(change, shape.rules, (column, value) => {
        key.push(column)
        return valueOf(column, value)
      })
      key.push(predicate.sql)
      params.push(...next.params, ...demanded(identity, predicate))
      const sql = (condition: string): string => {
        const sets = key.slice(0, -1).map((column) => `${shape.quotedColumn(column)} = ?, `)
        return `UPDATE ${table} SET ${sets.join('')}${shape.version} = ${next.sql} ${here(predicate)} AND ${condition} RETURNING *`
      }
      return written(identity, { key, sql, params, rest: [] })
    },
    insert(identity, given) {
      const values = pickColumns(
        given,
        shape.rules,
        (column, value): [column: string, value: SqliteValue] => [
          shape.quotedColumn(column),
          valueOf(column, value),
        ],
      )
      const first = versions.first(() => shape.start())
      const names = [...shape.id, shape.version, ...values.map(([column]) => column)].join(', ')
      const marks = [...shape.id.map(() => '?'), first.sql, ...values.map(() => '?')].join(', ')
      const params = [...shape.idOf(identity), ...first.params, ...values.map(([, value]) => value)]
      const insert = (condition: string, otherwise: string) => `INSERT INTO ${table} (${names})
        SELECT ${marks} WHERE ${condition} ON CONFLICT (${shape.id.join(', ')}) DO ${otherwise} RETURNING *`
      const key = ['INSERT', names]
      if (deleted === undefined)
        return inserted(identity, { key, sql: (condition) => insert(condition, 'NOTHING'), params, rest: [] })
      // `excluded` has the default of a column that the new row leaves out: nothing of the old one stays in those
      const next = versions.next(version)
      const anew = shape.columns.map((column) => shape.quotedColumn(column))
      const sets = anew.map((column) => `${column} = excluded.${column}, `).join('')
      const revive = `UPDATE SET ${sets}${shape.deleted ?? ''} = NULL, ${shape.version} = ${next.sql}
        WHERE ${deleted} IS NOT NULL AND ${versions.counted(version)}`
      return inserted(identity, {
        key,
        sql: (condition) => insert(condition, revive),
        params,
        rest: next.params,
      })
    },
    delete(identity, expected) {
      const predicate = predicateOf(expected, shape.rule, predicates)
      const params = demanded(identity, predicate)
      const which = `${here(predicate)} RETURNING *`
      if (deleted === undefined) return run(`DELETE FROM ${table} ${which}`, params)
      const next = versions.next(version)
      const mark = `${shape.deleted ?? ''} = ${momentSql(shape.rule)}, ${shape.version} = ${next.sql}`
      return run(`UPDATE ${table} SET ${mark} ${which}`, [...next.params, ...params])
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
