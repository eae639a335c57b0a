import { pickColumns } from '../../core/columns.js'
import { IfMatchError, show } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { Identity, Table, TableSteps } from '../../core/table.js'
import { checkDatabase, waitWhenBusy } from './connection.js'
import { rows, write, type SqliteDatabase, type SqliteStatement, type SqliteValue } from './database.js'
import { predicateOf } from '../sql/predicate.js'
import type { TableShape } from '../sql/table-shape.js'
import { versionPredicates } from './predicate.js'
import { TABLE_PROMISES } from './promises.js'
import { TRIGGERS, writtenRow } from './returned-row.js'
import { readSqliteShape, uniqueness, type SqliteTableOptions } from './table-options.js'
import { transact, type StillOpen } from './transaction.js'
import { toSqlite } from './values.js'
import { momentSql, versionSql, type VersionSql } from './version-sql.js'

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
 * The application's own table, with a version column that every write moves on. The table may be made later than
 * this; its id must be a primary key or unique. Members of a change that are the id or the version are ignored,
 * others that are not listed are refused: ERR_COLUMN_UNKNOWN.
 */
export function sqliteTable<Row extends object, Db extends SqliteDatabase = SqliteDatabase>(
  db: Db,
  options: SqliteTableOptions<Row>,
): SqliteTable<Row, Db> {
  const shape = readSqliteShape(options)
  const { name } = options
  const prepared = { shape, name, sql: versionSql(shape.rule), checkUnique: uniqueness(shape) }
  checkDatabase('sqliteTable(db)', db)
  waitWhenBusy(db, options.busyTimeout)
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
  readonly shape: TableShape
  /** as the schema has it */
  readonly name: string
  readonly sql: VersionSql
  readonly checkUnique: (db: SqliteDatabase) => void
}

function stepsOn<Row>(
  db: SqliteDatabase,
  { shape, name, sql: versions, checkUnique }: Prepared,
  open: StillOpen,
): SqliteTableSteps<Row> {
  const { table } = shape
  // every column is named with its table: a bare "name" that does not exist would be a text for some builds of SQLite
  const version = `${table}.${shape.version}`
  const deleted = shape.deleted === undefined ? undefined : `${table}.${shape.deleted}`
  const ids = shape.id.map((column) => `${table}.${column} = ?`).join(' AND ')
  const here = deleted === undefined ? ids : `${ids} AND ${deleted} IS NULL`
  const predicates = versionPredicates(shape.rule, version)

  // not kept: node:sqlite of Node 22 would go on giving the names of columns as they were before a migration
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
    rows(prepare(`SELECT * FROM ${table} WHERE ${here}`), shape.idOf(identity))
  const where = (identity: Identity, expected: Expectation): [string, SqliteValue[]] => {
    const { sql, params } = predicateOf(expected, shape.rule, predicates)
    const values = [...shape.idOf(identity), ...(params as SqliteValue[])]
    return [`WHERE ${here} AND ${versions.counted(version)} AND (${sql})`, values]
  }
  const change = (sets: readonly [column: string, value: SqliteValue][], rest: string) => {
    const next = versions.next(version)
    const names = sets.map(([column]) => `${column} = ?, `).join('')
    return {
      sql: `UPDATE ${table} SET ${names}${rest}${shape.version} = ${next.sql}`,
      params: [...sets.map(([, value]) => value), ...next.params],
    }
  }
  const valuesOf = (row: unknown): [column: string, value: SqliteValue][] =>
    pickColumns(row, shape.rules).map(([column, value]) => [
      shape.quotedColumn(column),
      toSqlite(`${shape.name}, column ${show(column)}`, value),
    ])
  const run = (sql: string, params: readonly SqliteValue[]) => only(write(db, prepare(sql), params))
  let triggers: SqliteStatement | undefined
  const written = (identity: Identity, sql: string, params: readonly SqliteValue[]) => {
    const statement = prepare(sql)
    triggers ??= db.prepare(TRIGGERS)
    return writtenRow(db, name, { statement, params, find: () => look(identity), triggers }) as
      Row | undefined
  }

  return {
    find: (identity) => only(look(identity)),
    update(identity, expected, row) {
      const [condition, demanded] = where(identity, expected)
      const { sql, params } = change(valuesOf(row), '')
      return written(identity, `${sql} ${condition} RETURNING *`, [...params, ...demanded])
    },
    insert(identity, row) {
      const values = valuesOf(row)
      const first = versions.first(() => shape.start())
      const names = [...shape.id, shape.version, ...values.map(([column]) => column)]
      const marks = [...shape.id.map(() => '?'), first.sql, ...values.map(() => '?')]
      const start = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks.join(', ')})
        ON CONFLICT (${shape.id.join(', ')}) DO `
      const params = [...shape.idOf(identity), ...first.params, ...values.map(([, value]) => value)]
      if (deleted === undefined) return written(identity, `${start}NOTHING RETURNING *`, params)
      // `excluded` has the default of a column that the new row leaves out: nothing of the old one stays in those
      const next = versions.next(version)
      const anew = shape.columns.map((column) => shape.quotedColumn(column))
      const sets = anew.map((column) => `${column} = excluded.${column}, `).join('')
      const revive = `UPDATE SET ${sets}${shape.deleted ?? ''} = NULL, ${shape.version} = ${next.sql}`
      const condition = `WHERE ${deleted} IS NOT NULL AND ${versions.counted(version)} RETURNING *`
      return written(identity, `${start}${revive} ${condition}`, [...params, ...next.params])
    },
    delete(identity, expected) {
      const [condition, demanded] = where(identity, expected)
      if (deleted === undefined) return run(`DELETE FROM ${table} ${condition} RETURNING *`, demanded)
      const mark = `${shape.deleted ?? ''} = ${momentSql(shape.rule)}, `
      const { sql, params } = change([], mark)
      return run(`${sql} ${condition} RETURNING *`, [...params, ...demanded])
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
