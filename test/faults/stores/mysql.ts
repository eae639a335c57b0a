import mysql, {
  type Pool,
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise'
import type { Socket } from 'node:net'
import { mysqlLedger, mysqlTable } from '../../../src/stores/mysql.js'
import type { Data, Item, ItemRow, Served } from '../../races/stores/store.js'
import { STORE_LIMIT } from '../limits.js'
import type { FaultStore } from './store.js'

const SCHEMA = `
  DROP TABLE IF EXISTS items, if_match_ledger;
  CREATE TABLE items (id VARCHAR(100) PRIMARY KEY, value VARCHAR(200) NOT NULL, base VARCHAR(200) NOT NULL,
    note VARCHAR(200) NOT NULL, version BIGINT NOT NULL DEFAULT 0) ENGINE = InnoDB COLLATE utf8mb4_bin`

/** The application's own rows, by statements that compare nothing. */
function dataOver(client: Pool | PoolConnection): Data {
  const save = `INSERT INTO items (id, value, base, note) VALUES (?, ?, ?, ?)
    ON DUPLICATE KEY UPDATE value = VALUES(value), base = VALUES(base), note = VALUES(note)`
  return {
    async find(id) {
      const sql = 'SELECT id, value, base, note FROM items WHERE id = ?'
      const [rows] = await client.query<(Item & RowDataPacket)[]>(sql, [id])
      return rows[0]
    },
    save: ({ id, value, base, note }) => client.query(save, [id, value, base, note]),
    async delete(id) {
      const [{ affectedRows }] = await client.query<ResultSetHeader>('DELETE FROM items WHERE id = ?', [id])
      return affectedRows > 0
    },
  }
}

/** What mysql2 does not declare of its own. */
interface Core {
  readonly _allConnections: { readonly length: number }
  readonly _freeConnections: { readonly length: number }
  readonly _connectionQueue: { readonly length: number }
  on(event: 'connection', listen: (connection: { readonly stream: Socket }) => void): void
}

function store(name: string, versions: FaultStore['versions'], serve: (pool: Pool) => Served): FaultStore {
  return {
    name,
    versions,
    async prepare(url) {
      const connection = await mysql.createConnection({ uri: url, multipleStatements: true })
      await connection.query(SCHEMA)
      await connection.end()
    },
    open(url) {
      const pool = mysql.createPool({ uri: url, connectionLimit: 8, connectTimeout: STORE_LIMIT })
      const core = pool.pool as unknown as Core
      // mysql2 has no limit of its own that gives a connection back whose other end is gone without a word
      core.on('connection', ({ stream }) => {
        stream.setTimeout(STORE_LIMIT, () => stream.destroy(new Error('the database does not answer')))
      })
      return {
        served: serve(pool),
        busy: () => core._allConnections.length - core._freeConnections.length + core._connectionQueue.length,
        close: () => pool.end(),
      }
    },
  }
}

export const mysqlStores: readonly FaultStore[] = [
  store('mysql ledger', 'ledger', (pool) => ({
    way: 'ledger',
    ledger: mysqlLedger(pool),
    data: dataOver(pool),
  })),
  store('mysql ledger with transaction', 'ledger', (pool) => ({
    way: 'transaction',
    ledger: mysqlLedger(pool),
    data: (client) => dataOver((client as PoolConnection | undefined) ?? pool),
  })),
  store('mysql table', 'row', (pool) => {
    const columns = ['value', 'base', 'note'] as const
    return { way: 'table', table: mysqlTable<ItemRow>(pool, { name: 'items', columns }) }
  }),
]
