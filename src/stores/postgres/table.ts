import type { MaybePromise, TransactionOptions } from '../../core/ledger.js'
import type { Table, TableSteps } from '../../core/table.js'
import { checkClient, isPGlite, runAlone } from './client.js'
import type { PostgresClient, TransactionClient } from './client.js'
import { once } from '../sql/once.js'
import { tablePromises } from './promises.js'
import { readColumns } from './table-columns.js'
import { readPostgresShape, type PostgresTableOptions } from './table-options.js'
import { tableSql } from './table-sql.js'
import { tableSteps, type PostgresTableSteps, type PreparedTable } from './table-steps.js'
import { transact } from './transaction.js'

/** A table of the application's in a PostgreSQL database. */
export interface PostgresTable<Row, Client = unknown>
  extends PostgresTableSteps<Row>, Omit<Table<Row, Client>, keyof TableSteps<Row> | 'transaction'> {
  /** on a connection of its own, which is also handed over; ERR_WRITE_UNSUPPORTED on a Client that others share */
  transaction<T>(
    work: (steps: PostgresTableSteps<Row>, client: Client) => MaybePromise<T>,
    options?: TransactionOptions,
  ): Promise<T>
}

/**
 * The application's own table, with a version column that every write moves on; over a Pool of pg, a Client that
 * others share, or PGlite. The table is looked at before the first statement, and may be made later than this; its id
 * must be its primary key or unique. Members of a change that are the id or the version are ignored, others that are
 * not listed are refused: ERR_COLUMN_UNKNOWN.
 */
export function postgresTable<Row extends object, Client extends PostgresClient = PostgresClient>(
  client: Client,
  options: PostgresTableOptions<Row>,
): PostgresTable<Row, TransactionClient<Client>> {
  const shape = readPostgresShape('postgresTable', options)
  checkClient('postgresTable(client)', client)
  const run = runAlone(shape.name, client)
  const ids: readonly string[] = shape.rules.id
  const prepared = once(async (): Promise<PreparedTable> => {
    const columns = await readColumns(run, shape, { id: ids, deleted: options.deleted })
    const known = { shape, columns, deleted: options.deleted, start: options.start !== undefined }
    // PGlite's clock knows milliseconds only, in which a row can be made, deleted and made again: this process's own
    const start = known.start || isPGlite(client)
    return { ...known, sql: tableSql({ ...known, start }) }
  })
  return {
    name: shape.name,
    promises: tablePromises(client),
    versionColumn: shape.versionColumn,
    columns: shape.columns,
    ...tableSteps<Row>(run, prepared),
    versionOf: (row) => shape.versionOf(row),
    isVersion: (text) => shape.rule.isVersion(text),
    async transaction(work, how) {
      await prepared()
      const { isolation } = options
      return transact(
        { store: shape.name, client, isolation },
        (inside) => tableSteps<Row>(inside, prepared),
        work,
        how,
      )
    },
  }
}
