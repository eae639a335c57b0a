import { rmSync } from 'node:fs'
import path from 'node:path'
import Database from 'libsql'
import { sqliteLedger, sqliteTable } from '../../../src/stores/sqlite.js'
import type { Data, Item, ItemRow, JournalEntry, Place, Prepared, Served, SharedStore } from './store.js'

/** ms: SQLite is not fair, and a busy machine gives some processes no turn for long */
const BUSY_TIMEOUT = 20_000

const TEXT = (row: 'old' | 'new') =>
  `${row}.value || ' on ' || CASE ${row}.base WHEN '' THEN 'nothing' ELSE ${row}.base END || ', note ' || ${row}.note`

const SCHEMA = `
  CREATE TABLE items (
    id TEXT PRIMARY KEY, value TEXT NOT NULL, base TEXT NOT NULL, note TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE journal (number INTEGER PRIMARY KEY, id TEXT NOT NULL, before TEXT, after TEXT);
  CREATE TRIGGER inserted AFTER INSERT ON items BEGIN
    INSERT INTO journal (id, before, after) VALUES (new.id, NULL, ${TEXT('new')}); END;
  CREATE TRIGGER updated AFTER UPDATE ON items BEGIN
    INSERT INTO journal (id, before, after) VALUES (new.id, ${TEXT('old')}, ${TEXT('new')}); END;
  CREATE TRIGGER deleted AFTER DELETE ON items BEGIN
    INSERT INTO journal (id, before, after) VALUES (old.id, ${TEXT('old')}, NULL); END;`

const fileOf = ({ url, name }: Place): string => path.join(url, `${name}.db`)

function open(place: Place): Database.Database {
  const db = new Database(fileOf(place))
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`)
  // what is written outlives a kill of the process all the same; what it would cost is the time of the test
  db.exec('PRAGMA synchronous = OFF')
  return db
}

async function prepare(place: Place): Promise<Prepared> {
  const db = open(place)
  db.exec('PRAGMA journal_mode = WAL')
  db.exec(SCHEMA)
  const journal = db.prepare('SELECT id, before, after FROM journal ORDER BY number')
  return {
    journal: async () => journal.all() as JournalEntry[],
    async remove() {
      db.close()
      for (const suffix of ['', '-wal', '-shm']) rmSync(fileOf(place) + suffix, { force: true })
    },
  }
}

export function dataOf(db: Database.Database): Data {
  const find = db.prepare('SELECT id, value, base, note FROM items WHERE id = ?')
  const save = db.prepare(`INSERT INTO items (id, value, base, note) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET value = excluded.value, base = excluded.base, note = excluded.note`)
  const remove = db.prepare('DELETE FROM items WHERE id = ?')
  return {
    find: (id) => find.all(id)[0] as Item | undefined,
    save: ({ id, value, base, note }) => save.run(id, value, base, note),
    delete: (id) => remove.run(id).changes > 0,
  }
}

export function sqliteStore(
  name: string,
  versions: SharedStore['versions'],
  serve: (db: Database.Database) => Served,
): SharedStore {
  return { name, versions, prepare, serve: (place) => serve(open(place)) }
}

export const sqliteStores: readonly SharedStore[] = [
  sqliteStore('sqlite ledger', 'ledger', (db) => ({
    way: 'ledger',
    ledger: sqliteLedger(db),
    data: dataOf(db),
  })),
  sqliteStore('sqlite ledger with transaction and claims', 'ledger', (db) => {
    const data = dataOf(db)
    return { way: 'transaction', ledger: sqliteLedger(db), data: () => data, mixed: true }
  }),
  sqliteStore('sqlite table', 'row', (db) => ({
    way: 'table',
    table: sqliteTable<ItemRow>(db, { name: 'items', columns: ['value', 'base', 'note'] }),
  })),
]
