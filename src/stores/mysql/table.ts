import type { MaybePromise, TransactionOptions } from '../../core/ledger.js'
import type { Table, TableSteps } from '../../core/table.js'
import { promised, type MysqlClient, type TransactionClient } from './client.js'
import { schemaError } from './errors.js'
import { afterOnce } from '../sql/once.js'
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

/** What is known once the table has been looked at, and the steps that each are a transaction of their own. */
interface ReadyTable<Row> {
  readonly known: PreparedTable
  readonly session: SessionOptions
  readonly steps: MysqlTableSteps<Row>
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
  const ready = afterOnce(async (): Promise<ReadyTable<Row>> => {
    const way = await readWay('mysqlTable(client)', own)
    const place = { name: options.name, schema: options.schema, quoted: shape.table }
    const columns = await readColumns(own, shape, place, options.deleted).catch((error: unknown) => {
      throw schemaError(shape.name, AS_THE_TABLE_IS, error)
    })
    const session: SessionOptions = { store: shape.name, way, reading: 'as set' }
    const known = { shape, sql: tableSql(shape, columns, start), json: columns.json, client: own }
    return { known, session, steps: tableSteps<Row>(ownSession(own, session), known) }
  })
  return {
    name: shape.name,
    promises: tablePromises(own),
    versionColumn: shape.versionColumn,
    columns: shape.columns,
    find: (identity) => ready(({ steps }) => steps.find(identity)),
    update: (identity, expected, change) => ready(({ steps }) => steps.update(identity, expected, change)),
    insert: (identity, row) => ready(({ steps }) => steps.insert(identity, row)),
    delete: (identity, expected) => ready(({ steps }) => steps.delete(identity, expected)),
    versionOf: (row) => shape.versionOf(row),
    isVersion: (text) => shape.rule.isVersion(text),
    transaction: (work, how) =>
      ready(({ known, session }) =>
        transact({ ...session, client: own }, (inside) => tableSteps<Row>(inside, known), work, how),
      ),
  }
}
