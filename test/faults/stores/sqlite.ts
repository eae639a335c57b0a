import Database from 'libsql'
import { sqliteLedger, sqliteTable } from '../../../src/stores/sqlite.js'
import type { Data, Item, ItemRow, Served } from '../../races/stores/store.js'
import { STORE_LIMIT } from '../limits.js'
import type { FaultStore } from './store.js'

type Db = Database.Database

const SCHEMA = `
  DROP TABLE IF EXISTS items;
  CREATE TABLE items (id TEXT PRIMARY KEY, value TEXT NOT NULL, base TEXT NOT NULL, note TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 0)`

/** Opens a file as an application would. */
export function openFile(file: string): Db {
  const db = new Database(file)
  db.exec(`PRAGMA busy_timeout = ${STORE_LIMIT}`)
  // what is written outlives a kill of the process all the same; what it would cost is the time of the test
  db.exec('PRAGMA synchronous = OFF')
  return db
}

export async function prepareFile(file: string): Promise<void> {
  const db = openFile(file)
  db.exec('PRAGMA journal_mode = WAL')
  db.exec(SCHEMA)
  db.close()
}

/** The application's own rows, by statements that compare nothing. */
export function dataIn(db: Db): Data {
  const find = db.prepare('SELECT id, value, base, note FROM items WHERE id = ?')
  const save = db.prepare(`INSERT INTO items (id, value, base, note) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET value = excluded.value, base = excluded.base, note = excluded.note`)
  const remove = db.prepare('DELETE FROM items WHERE id = ?')
  return {
    find: (id) => find.all(id)[0] as Item | undefined,
    save: ({ id, value, base, note }) => locked(db, () => save.run(id, value, base, note)),
    delete: (id) => locked(db, () => remove.run(id).changes > 0),
  }
}

/**
 * A statement that finds the file locked stays in progress in libsql: nothing could be committed on its connection any
 * more, and its reads would tell of that moment for good. BEGIN IMMEDIATE is refused in its stead, and leaves nothing.
 */
function locked<T>(db: Db, write: () => T): T {
  return db.inTransaction ? write() : db.transaction(write).immediate()
}

function store(name: string, versions: FaultStore['versions'], serve: (db: Db) => Served): FaultStore {
  return {
    name,
    versions,
    prepare: prepareFile,
    open(file) {
      const db = openFile(file)
      return { served: serve(db), busy: () => 0, close: () => db.close() }
    },
  }
}

export const sqliteStores: readonly FaultStore[] = [
  store('sqlite ledger', 'ledger', (db) => ({ way: 'ledger', ledger: sqliteLedger(db), data: dataIn(db) })),
  store('sqlite ledger with transaction', 'ledger', (db) => {
    const data = dataIn(db)
    return { way: 'transaction', ledger: sqliteLedger(db), data: () => data }
  }),
  store('sqlite table', 'row', (db) => {
    const columns = ['value', 'base', 'note'] as const
    return { way: 'table', table: sqliteTable<ItemRow>(db, { name: 'items', columns }) }
  }),
]
