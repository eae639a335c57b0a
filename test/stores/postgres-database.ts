import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import type { ApplicationWrites } from 'express-if-match/testing'
import type { PostgresQueries } from '../../src/stores/postgres.js'
import { postgres } from '../support/servers.js'

export interface PostgresDatabase {
  readonly schema: string
  /** a pool of connections that look for tables in this schema; the options may be changed */
  pool(options?: pg.PoolConfig): pg.Pool
  /** a pool, and every statement that any of its connections sends, in order */
  counted(options?: pg.PoolConfig): { readonly pool: pg.Pool; readonly statements: string[] }
  /** one connection, connected */
  client(): Promise<pg.Client>
  /** plain SQL, as at a console; the rows */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
}

/** A schema of the test file's own, which goes with it and all whose names begin as its does, and what connects to it. For gated suites. */
export function postgresDatabase(): PostgresDatabase {
  const schema = `test_${randomBytes(6).toString('hex')}`
  const pools: pg.Pool[] = []
  const clients: pg.Client[] = []
  const config = { connectionString: postgres.url, options: `-c search_path=${schema}` }
  const pool = (options: pg.PoolConfig = {}): pg.Pool => {
    const made = new pg.Pool({ ...config, max: 5, ...options })
    pools.push(made)
    return made
  }
  let console: pg.Pool | undefined
  const sql: PostgresDatabase['sql'] = async (text, values) => {
    console ??= pool({ max: 2 })
    return (await console.query(text, values)).rows
  }
  beforeAll(async () => {
    await sql(`CREATE SCHEMA ${schema}`)
  })
  afterAll(async () => {
    const own = 'SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE starts_with(nspname, $1)'
    for (const { name } of await sql(own, [schema])) await sql(`DROP SCHEMA ${String(name)} CASCADE`)
    const open = pools.filter((one) => !one.ended)
    await Promise.all([...open, ...clients].map((one) => one.end()))
  })
  return {
    schema,
    pool,
    sql,
    counted(options) {
      const statements: string[] = []
      class Counted extends pg.Client {
        override query(...given: unknown[]): never {
          statements.push(String(given[0]))
          return super.query(...(given as [string])) as never
        }
      }
      return { pool: pool({ ...options, Client: Counted }), statements }
    },
    async client() {
      const client = new pg.Client(config)
      clients.push(client)
      await client.connect()
      return client
    },
  }
}

/** For the contract: what the application writes beside the store, and its table of rows. */
export const NOTES = 'CREATE TABLE note (text text)'

export const rowsOf = (versionType: string, more = ''): string =>
  `CREATE TABLE article (id text COLLATE "C" PRIMARY KEY, version ${versionType} NOT NULL, title text, note text, owner text${more})`

export function applicationOn(witness: PostgresQueries): ApplicationWrites {
  return {
    write: (client, text) => (client as PostgresQueries).query('INSERT INTO note VALUES ($1)', [text]),
    read: async () => {
      const { rows } = await witness.query('SELECT text FROM note')
      return (rows as { text: string }[]).map(({ text }) => text)
    },
  }
}
