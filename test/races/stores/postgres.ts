import { Pool, type PoolClient } from 'pg'
import { postgresLedger, postgresTable } from '../../../src/stores/postgres.js'
import type { Data, Item, ItemRow, JournalEntry, Place, Prepared, Served, SharedStore } from './store.js'

const TEXT = (row: 'old' | 'new') =>
  `${row}.value || ' on ' || CASE ${row}.base WHEN '' THEN 'nothing' ELSE ${row}.base END || ', note ' || ${row}.note`

/** The journal is kept by the database itself, in the transaction of the write: nothing that is killed can leave it out. */
const SCHEMA = `
  CREATE TABLE items (
    id text PRIMARY KEY, value text NOT NULL, base text NOT NULL, note text NOT NULL, version bigint NOT NULL DEFAULT 0);
  CREATE TABLE journal (number bigserial PRIMARY KEY, id text NOT NULL, before text, after text);
  CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN INSERT INTO journal (id, before, after) VALUES (new.id, NULL, ${TEXT('new')});
    ELSIF TG_OP = 'UPDATE' THEN INSERT INTO journal (id, before, after) VALUES (new.id, ${TEXT('old')}, ${TEXT('new')});
    ELSE INSERT INTO journal (id, before, after) VALUES (old.id, ${TEXT('old')}, NULL);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER keep AFTER INSERT OR UPDATE OR DELETE ON items FOR EACH ROW EXECUTE FUNCTION keep();`

/** ms; what an application sets that does not want to wait for good where its database does not answer */
const PATIENCE = 5_000

function open({ url, name }: Place, max: number): Pool {
  const pool = new Pool({
    connectionString: url,
    options: `-c search_path=${name}`,
    max,
    connectionTimeoutMillis: PATIENCE,
    query_timeout: PATIENCE,
  })
  // a connection that is lost while nobody uses it is an event, and would end the process
  pool.on('error', () => {})
  return pool
}

async function prepare(place: Place): Promise<Prepared> {
  const pool = open(place, 1)
  await pool.query(`CREATE SCHEMA ${place.name}`)
  await pool.query(SCHEMA)
  return {
    journal: async () =>
      (await pool.query<JournalEntry>('SELECT id, before, after FROM journal ORDER BY number')).rows,
    async remove() {
      await pool.query(`DROP SCHEMA ${place.name} CASCADE`)
      await pool.end()
    },
  }
}

function dataOf(client: Pool | PoolClient): Data {
  return {
    find: async (id) =>
      (await client.query<Item>('SELECT id, value, base, note FROM items WHERE id = $1', [id])).rows[0],
    save: ({ id, value, base, note }) =>
      client.query(
        `INSERT INTO items (id, value, base, note) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET value = excluded.value, base = excluded.base, note = excluded.note`,
        [id, value, base, note],
      ),
    delete: async (id) => (await client.query('DELETE FROM items WHERE id = $1', [id])).rowCount === 1,
  }
}

function store(name: string, versions: SharedStore['versions'], serve: (pool: Pool) => Served): SharedStore {
  return { name, versions, prepare, serve: (place) => serve(open(place, 8)) }
}

export const postgresStores: readonly SharedStore[] = [
  store('postgres ledger', 'ledger', (pool) => ({
    way: 'ledger',
    ledger: postgresLedger(pool),
    data: dataOf(pool),
  })),
  store('postgres ledger with transaction and claims', 'ledger', (pool) => ({
    way: 'transaction',
    ledger: postgresLedger(pool),
    data: (client = pool) => dataOf(client as Pool | PoolClient),
    mixed: true,
  })),
  store('postgres table', 'row', (pool) => ({
    way: 'table',
    table: postgresTable<ItemRow, Pool>(pool, { name: 'items', columns: ['value', 'base', 'note'] }),
  })),
]
