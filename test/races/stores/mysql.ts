import {
  createPool,
  type Pool,
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise'
import { mysqlLedger, mysqlTable } from '../../../src/stores/mysql.js'
import type { Data, Item, ItemRow, JournalEntry, Place, Prepared, Served, SharedStore } from './store.js'

const TEXT = (row: 'OLD' | 'NEW') =>
  `CONCAT(${row}.value, ' on ', IF(${row}.base = '', 'nothing', ${row}.base), ', note ', ${row}.note)`

/** The journal is kept by the database itself, in the transaction of the write: nothing that is killed can leave it out. */
const SCHEMA = [
  `CREATE TABLE items (
    id varchar(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    value varchar(64) NOT NULL, base varchar(64) NOT NULL, note varchar(64) NOT NULL, version bigint NOT NULL DEFAULT 0)`,
  'CREATE TABLE journal (number bigint AUTO_INCREMENT PRIMARY KEY, id varchar(64) NOT NULL, `before` text, `after` text)',
  `CREATE TRIGGER inserted AFTER INSERT ON items FOR EACH ROW
    INSERT INTO journal (id, \`before\`, \`after\`) VALUES (NEW.id, NULL, ${TEXT('NEW')})`,
  `CREATE TRIGGER updated AFTER UPDATE ON items FOR EACH ROW
    INSERT INTO journal (id, \`before\`, \`after\`) VALUES (NEW.id, ${TEXT('OLD')}, ${TEXT('NEW')})`,
  `CREATE TRIGGER deleted AFTER DELETE ON items FOR EACH ROW
    INSERT INTO journal (id, \`before\`, \`after\`) VALUES (OLD.id, ${TEXT('OLD')}, NULL)`,
]

async function prepare({ url, name }: Place): Promise<Prepared> {
  const pool = createPool({ uri: url, connectionLimit: 1 })
  await pool.query(`CREATE DATABASE ${name}`)
  await pool.query(`USE ${name}`)
  for (const statement of SCHEMA) await pool.query(statement)
  return {
    async journal() {
      const sql = 'SELECT id, `before`, `after` FROM journal ORDER BY number'
      const [rows] = await pool.query<(RowDataPacket & JournalEntry)[]>(sql)
      return rows.map(({ id, before, after }) => ({ id, before, after }))
    },
    async remove() {
      await pool.query(`DROP DATABASE ${name}`)
      await pool.end()
    },
  }
}

/** ms */
const PATIENCE = 5_000

function open({ url, name }: Place): Pool {
  return createPool({ uri: url, database: name, connectionLimit: 8, connectTimeout: PATIENCE })
}

function dataOf(client: Pool | PoolConnection): Data {
  return {
    async find(id) {
      const sql = 'SELECT id, value, base, note FROM items WHERE id = ?'
      const [rows] = await client.query<(RowDataPacket & Item)[]>(sql, [id])
      return rows[0]
    },
    save: ({ id, value, base, note }) =>
      client.query(
        `INSERT INTO items (id, value, base, note) VALUES (?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE value = VALUES(value), base = VALUES(base), note = VALUES(note)`,
        [id, value, base, note],
      ),
    async delete(id) {
      const [{ affectedRows }] = await client.query<ResultSetHeader>('DELETE FROM items WHERE id = ?', [id])
      return affectedRows === 1
    },
  }
}

function store(name: string, versions: SharedStore['versions'], serve: (pool: Pool) => Served): SharedStore {
  return { name, versions, prepare, serve: (place) => serve(open(place)) }
}

export const mysqlStores: readonly SharedStore[] = [
  store('mysql ledger', 'ledger', (pool) => ({
    way: 'ledger',
    ledger: mysqlLedger(pool),
    data: dataOf(pool),
  })),
  store('mysql ledger with transaction and claims', 'ledger', (pool) => ({
    way: 'transaction',
    ledger: mysqlLedger(pool),
    data: (client = pool) => dataOf(client as Pool | PoolConnection),
    mixed: true,
  })),
  store('mysql table', 'row', (pool) => ({
    way: 'table',
    table: mysqlTable<ItemRow>(pool, { name: 'items', columns: ['value', 'base', 'note'] }),
  })),
]
