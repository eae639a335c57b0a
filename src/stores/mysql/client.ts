import { optionError } from '../../core/errors.js'
import type { SqlRow } from '../sql/ledger-row.js'

/** What a Pool and a Connection of mysql2's promise interface have in common. */
export interface MysqlQueries {
  query(sql: string | MysqlQuery, values?: unknown[]): Promise<readonly [result: unknown, fields: unknown]>
  escape(value: unknown): string
}

/** One statement, as mysql2 takes it. */
export interface MysqlQuery {
  sql: string
  values: unknown[]
  rowsAsArray: boolean
  nestTables: boolean
  namedPlaceholders: boolean
  typeCast?: boolean
}

/** A connection that a pool lends out. */
export interface MysqlPoolConnection extends MysqlQueries {
  release(): void
  destroy(): void
}

/** A Pool of mysql2/promise. */
export interface MysqlPool extends MysqlQueries {
  getConnection(): Promise<MysqlPoolConnection>
}

/** A Connection of mysql2/promise: one connection, which others may use too. */
export interface MysqlConnection extends MysqlQueries {
  beginTransaction(): Promise<unknown>
}

/** A Pool or a Connection of mysql2's callback interface. */
export interface MysqlCallbackClient {
  promise(): MysqlPool | MysqlConnection
}

export type MysqlClient = MysqlPool | MysqlConnection | MysqlCallbackClient

/** What the work of a transaction is handed over: the connection that the pool lent for it. */
export type TransactionClient<Client> = Client extends { promise(): infer Promised }
  ? LentBy<Promised>
  : LentBy<Client>

type LentBy<Pool> = Pool extends { getConnection(): Promise<infer Lent> } ? Lent : MysqlPoolConnection

/** The promise interface of a client, whichever of both it has; throws ERR_OPTION_INVALID. */
export function promised(option: string, client: MysqlClient): MysqlPool | MysqlConnection {
  const own = hasMethod(client, 'promise') ? (client as MysqlCallbackClient).promise() : client
  if (hasMethod(own, 'query') && hasMethod(own, 'escape')) {
    if (hasMethod(own, 'getConnection') || hasMethod(own, 'beginTransaction'))
      return own as MysqlPool | MysqlConnection
  }
  throw optionError(option, client, 'Hand over a Pool or a Connection of mysql2.')
}

function hasMethod(client: unknown, name: string): boolean {
  return typeof (client as Record<string, unknown> | null | undefined)?.[name] === 'function'
}

export function isPool(client: MysqlPool | MysqlConnection): client is MysqlPool {
  return 'getConnection' in client
}

/** The options that an application has set; they are no part of the promise interface. */
interface Settings {
  readonly multipleStatements?: unknown
  readonly jsonStrings?: unknown
}

function settingsOf(client: MysqlQueries): Settings {
  const { pool, connection } = client as {
    pool?: { config?: { connectionConfig?: Settings } }
    connection?: { config?: Settings }
  }
  return pool?.config?.connectionConfig ?? connection?.config ?? {}
}

/** Whether its connections take several statements at once. */
export function takesBatches(pool: MysqlPool): boolean {
  return settingsOf(pool).multipleStatements === true
}

/** of MySQL's protocol */
const JSON_TYPE = 245

/**
 * The columns of a table whose values mysql2 hands over parsed. MariaDB says of them that they are texts, and only with
 * a result that they are JSON.
 */
export async function jsonColumns(on: MysqlQueries, table: string): Promise<ReadonlySet<string>> {
  const [, fields] = await query(on, `SELECT * FROM ${table} LIMIT 0`, 'plainly')
  if (settingsOf(on).jsonStrings === true) return new Set()
  const json = (fields as readonly Field[]).filter(
    ({ columnType, extendedFormat }) => columnType === JSON_TYPE || extendedFormat === 'json',
  )
  return new Set(json.map(({ name }) => name))
}

interface Field {
  readonly name: string
  readonly columnType?: number
  readonly extendedFormat?: string
}

/** How the values of a result are read: as the application has set its client, or as the driver does by itself. */
export type Reading = 'as set' | 'plainly'

/**
 * One statement. Nothing is ever left for the driver to put into it: its escaping is by backslashes, which the
 * server takes for data under NO_BACKSLASH_ESCAPES. The empty array keeps it from looking for placeholders, which
 * names may look like.
 */
export async function ask(on: MysqlQueries, sql: string, reading: Reading): Promise<unknown> {
  return (await query(on, sql, reading))[0]
}

function query(on: MysqlQueries, sql: string, reading: Reading): ReturnType<MysqlQueries['query']> {
  const shape = { rowsAsArray: false, nestTables: false, namedPlaceholders: false }
  return on.query({ sql, values: [], ...shape, ...(reading === 'plainly' ? { typeCast: true } : {}) })
}

/** The rows of one statement that reads. */
export async function rowsOf(on: MysqlQueries, sql: string, reading: Reading): Promise<readonly SqlRow[]> {
  const result = await ask(on, sql, reading)
  return Array.isArray(result) ? (result as SqlRow[]) : []
}
