import pg from 'pg'
import { postgresLedger, postgresTable } from '../../../src/stores/postgres.js'
import type { Data, Item, ItemRow, Served } from '../../races/stores/store.js'
import { STORE_LIMIT } from '../limits.js'
import type { FaultStore } from './store.js'

const SCHEMA = `
  DROP TABLE IF EXISTS items, if_match_ledger;
  CREATE TABLE items (id text PRIMARY KEY, value text NOT NULL, base text NOT NULL, note text NOT NULL,
    version bigint NOT NULL DEFAULT 0)`

/** The application's own rows, by statements that compare nothing. */
function dataOver(client: pg.Pool | pg.PoolClient): Data {
  const find = 'SELECT id, value, base, note FROM items WHERE id = $1'
  const save = `INSERT INTO items (id, value, base, note) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO UPDATE SET value = excluded.value, base = excluded.base, note = excluded.note`
  return {
    find: async (id) => (await client.query<Item>(find, [id])).rows[0],
    save: ({ id, value, base, note }) => client.query(save, [id, value, base, note]),
    delete: async (id) => ((await client.query('DELETE FROM items WHERE id = $1', [id])).rowCount ?? 0) > 0,
  }
}

function store(name: string, versions: FaultStore['versions'], serve: (pool: pg.Pool) => Served): FaultStore {
  return {
    name,
    versions,
    async prepare(url) {
      const client = new pg.Client(url)
      await client.connect()
      await client.query(SCHEMA)
      await client.end()
    },
    open(url) {
      const pool = new pg.Pool({
        connectionString: url,
        max: 8,
        connectionTimeoutMillis: STORE_LIMIT,
        // without it, a connection whose other end is gone without a word is waited for, and in use, for good
        query_timeout: STORE_LIMIT,
        // nor may the database go on with what nobody waits for any more, or hold its locks
        statement_timeout: STORE_LIMIT,
        idle_in_transaction_session_timeout: STORE_LIMIT,
      })
      // a connection that ends while it is idle, or with its first breath: without a listener each ends the process
      pool.on('error', () => {})
      pool.on('connect', (client) => client.on('error', () => {}))
      return {
        served: serve(pool),
        busy: () => pool.totalCount - pool.idleCount + pool.waitingCount,
        close: () => pool.end(),
      }
    },
  }
}

export const postgresStores: readonly FaultStore[] = [
  store('postgres ledger', 'ledger', (pool) => ({
    way: 'ledger',
    ledger: postgresLedger(pool),
    data: dataOver(pool),
  })),
  store('postgres ledger with transaction', 'ledger', (pool) => ({
    way: 'transaction',
    ledger: postgresLedger(pool),
    data: (client) => dataOver((client as pg.PoolClient | undefined) ?? pool),
  })),
  store('postgres table', 'row', (pool) => {
    const columns = ['value', 'base', 'note'] as const
    return { way: 'table', table: postgresTable<ItemRow>(pool, { name: 'items', columns }) }
  }),
]
