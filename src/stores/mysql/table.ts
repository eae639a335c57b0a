import type { MaybePromise, TransactionOptions } from '../../core/ledger.js'
import type { Table, TableSteps } from '../../core/table.js'
import { promised, type MysqlClient, type TransactionClient } from './client.js'
import { schemaError } from './errors.js'
import { once } from '../sql/once.js'
import { tablePromises } from './promises.js'
import { readWay } from './server.js'
import { ownSession, type SessionOptions } from './session.js'
import { AS_THE_TABLE_IS, readColumns } from './table-columns.js'
import { readMysqlShape, type MysqlTableOptions } from './table-options.js'
import { tableSql } from './table-sql.js'
import { tableSteps, type MysqlTableSteps, type PreparedTable } from './table-steps.js'
import { transact } from './transaction.js'

/** A table of the application's in a MySQL or MariaDB database. */
export interface MysqlTable<Row, Client = unknown>
  extends MysqlTableSteps<Row>, Omit<Table<Row, Client>, keyof TableSteps<Row> | 'transaction'> {
  /** on a connection of its own, which is also handed over; ERR_WRITE_UNSUPPORTED on a Connection that others share */
  transaction<T>(
    work: (steps: MysqlTableSteps<Row>, client: Client) => MaybePromise<T>,
    options?: TransactionOptions,
  ): Promise<T>
}

/**
 * The application's own table, with a version column that every write moves on; over a Pool of mysql2, or, on MariaDB,
 * a Connection that others share. The table is looked at before the first statement, and may be made later than this;
 * its id must be its primary key or unique. Members of a change that are the id or the version are ignored, others that
 * are not listed are refused: ERR_COLUMN_UNKNOWN.
 *
 * A write is one trip on MariaDB, and where MySQL's client has set `multipleStatements` (an insert there is two).
 * Elsewhere on MySQL it is four, a transaction: MySQL has no RETURNING, and a row that is read after it was written
 * may be that of a later write.
 */
export function mysqlTable<Row extends object, Client extends MysqlClient = MysqlClient>(
  client: Client,
  options: MysqlTableOptions<Row>,
): MysqlTable<Row, TransactionClient<Client>> {
  const shape = readMysqlShape('mysqlTable', options)
  const own = promised('mysqlTable(client)', client)
  const start = options.start !== undefined
  const prepared = once(async (): Promise<PreparedTable & { readonly session: SessionOptions }> => {
    const way = await readWay('mysqlTable(client)', own)
    const place = { name: options.name, schema: options.schema, quoted: shape.table }
    const columns = await readColumns(own, shape, place, options.deleted).catch((error: unknown) => {
      throw schemaError(shape.name, AS_THE_TABLE_IS, error)
    })
    const session: SessionOptions = { store: shape.name, way, reading: 'as set' }
    return { shape, sql: tableSql(shape, columns, start), json: columns.json, client: own, session }
  })
  const steps = async (): Promise<MysqlTableSteps<Row>> => {
    const known = await prepared()
    return tableSteps<Row>(ownSession(own, known.session), known)
  }
  return {
    name: shape.name,
    promises: tablePromises(own),
    versionColumn: shape.versionColumn,
    columns: shape.columns,
    find: async (identity) => (await steps()).find(identity),
    update: async (identity, expected, change) => (await steps()).update(identity, expected, change),
    insert: async (identity, row) => (await steps()).insert(identity, row),
    delete: async (identity, expected) => (await steps()).delete(identity, expected),
    versionOf: (row) => shape.versionOf(row),
    isVersion: (text) => shape.rule.isVersion(text),
    async transaction(work, how) {
      const known = await prepared()
      return transact(
        { ...known.session, client: own },
        (inside) => tableSteps<Row>(inside, known),
        work,
        how,
      )
    },
  }
}
