import { randomBytes } from 'node:crypto'
import { createConnection, createPool } from 'mysql2/promise'
import type {
  Connection,
  ConnectionOptions,
  Pool,
  PoolConnection,
  PoolOptions,
  RowDataPacket,
} from 'mysql2/promise'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'
import type { MysqlPool } from '../../src/stores/mysql/client.js'
import { mysql } from '../support/servers.js'

export type Way = 'MariaDB' | 'MySQL' | 'MySQL with multipleStatements'

export const WAYS: readonly Way[] = ['MariaDB', 'MySQL', 'MySQL with multipleStatements']

/**
 * The ways that the stores write in, each with what makes them take it. What the server says of its version decides:
 * MySQL's own server is not needed to see that what is sent to it is right, as far as both speak the same SQL.
 */
export function onEachWay(title: string, suite: (way: Way) => void): void {
  for (const way of WAYS) mysql.describe(`${title}, as on ${way}`, () => suite(way))
}

/** A client whose server calls itself MySQL 8, unless it is to be what it is. */
export function asOn<Client extends Pool | Connection>(way: Way, client: Client): Client {
  if (way === 'MariaDB') return client
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      const call = (...given: unknown[]) => value.apply(target, given) as unknown
      if (name !== 'query') return call
      return async (...given: unknown[]) => {
        const [rows, fields] = (await call(...given)) as [RowDataPacket[], unknown]
        const { sql } = given[0] as { sql?: string }
        if (sql?.startsWith('SHOW SESSION VARIABLES') !== true) return [rows, fields]
        const told = rows.map((row) => (row.Variable_name === 'version' ? { ...row, Value: '8.0.40' } : row))
        return [told, fields]
      }
    },
  })
}

type Query = MysqlPool['query']

/** The same pool, each statement of which goes through `pass`. */
export function through(
  pool: Pool,
  pass: (sql: string, send: () => ReturnType<Query>) => ReturnType<Query>,
): MysqlPool {
  const on = (client: Pool | PoolConnection) => ({
    query: (given: Parameters<Query>[0]) =>
      pass(typeof given === 'string' ? given : given.sql, () => client.query(given as string)),
    escape: (value: unknown) => client.escape(value),
  })
  return {
    ...on(pool),
    async getConnection() {
      const connection = await pool.getConnection()
      return { ...on(connection), release: () => connection.release(), destroy: () => connection.destroy() }
    },
  }
}

/** A database for the tests of one file; it goes with them, and so do the clients. */
export function database() {
  const name = `if_match_${randomBytes(6).toString('hex')}`
  const opened: (Pool | Connection)[] = []
  let root: Connection | undefined
  const open = <Client extends Pool | Connection>(client: Client): Client => {
    opened.push(client)
    return client
  }
  const uri = (): string => {
    const url = new URL(mysql.url)
    url.pathname = `/${name}`
    return url.href
  }
  beforeAll(async () => {
    if (!mysql.available) return
    root = await createConnection(mysql.url)
    await root.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
  })
  afterAll(async () => {
    await Promise.all(opened.map((client) => client.end().catch(() => undefined)))
    await root?.query(`DROP DATABASE IF EXISTS ${name}`)
    await root?.end()
  })
  return {
    name,
    /** a pool on that database, which takes several statements at once where that is the way */
    pool(way: Way = 'MariaDB', options: PoolOptions = {}): Pool {
      const multipleStatements = way === 'MySQL with multipleStatements'
      return asOn(way, open(createPool({ uri: uri(), connectionLimit: 8, multipleStatements, ...options })))
    },
    async connection(way: Way = 'MariaDB', options: ConnectionOptions = {}): Promise<Connection> {
      return asOn(way, open(await createConnection({ uri: uri(), ...options })))
    },
    uri,
  }
}

/** What is sent over each connection of a pool, the greeting excepted: one command, one trip. */
export function counted(pool: Pool) {
  let sent = 0
  pool.on('connection', (connection) => {
    const core = connection as unknown as { addCommand(command: unknown): unknown }
    const add = core.addCommand.bind(core)
    core.addCommand = (command) => {
      sent++
      return add(command)
    }
  })
  return async (work: () => Promise<unknown>): Promise<number> => {
    sent = 0
    await work()
    return sent
  }
}

/** A name that no table of this database has. */
let names = 0
export function tableName(): string {
  return `t_${++names}`
}

export async function rows(client: Pool | Connection, sql: string): Promise<RowDataPacket[]> {
  const [found] = await client.query<RowDataPacket[]>(sql)
  return found
}

/** Until a statement on this database waits for another's lock. */
export async function waitUntilBlocked(witness: Connection, schema: string, count = 1): Promise<void> {
  for (;;) {
    const waiting = await rows(
      witness,
      `SELECT 1 FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id
        WHERE t.trx_state = 'LOCK WAIT' AND p.DB = '${schema}'`,
    )
    if (waiting.length >= count) return
    // InnoDB tells nothing new to whoever asks more often than every 100 ms
    await new Promise((resolve) => setTimeout(resolve, 120))
  }
}

export const NO_MATTER: Expectation = { kind: 'unconditional' }
export const oneOf = (...versions: string[]): Expectation => ({
  kind: 'one-of',
  versions,
  weak: false,
  source: 'if-match',
})
export const noneOf = (...versions: string[]): Expectation => ({
  kind: 'none-of',
  versions,
  source: 'if-none-match',
})
export const coded = (code: string, text = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })
