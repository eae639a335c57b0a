import { createRequire } from 'node:module'
import type { SqliteDatabase } from '../../src/stores/sqlite.js'

export type DriverName = 'libsql' | 'node:sqlite' | 'better-sqlite3'

export interface OpenDatabase extends SqliteDatabase {
  close(): unknown
}

export interface Driver {
  readonly name: DriverName
  open(file: string): OpenDatabase
  /** a connection whose integers are all bigint */
  openBigint(file: string): OpenDatabase
}

type Open = new (file: string) => OpenDatabase

/** Undefined where it is not installed, or this Node does not have it. Without vitest: workers import this too. */
export function driver(name: DriverName): Driver | undefined {
  const Database = opener(name)
  if (Database === undefined) return undefined
  return {
    name,
    open: (file) => new Database(file),
    openBigint(file) {
      const db = new Database(file)
      if (name !== 'node:sqlite') {
        ;(db as unknown as { defaultSafeIntegers(on: boolean): void }).defaultSafeIntegers(true)
        return db
      }
      const prepare = db.prepare.bind(db)
      db.prepare = (sql) => {
        const statement = prepare(sql)
        ;(statement as unknown as { setReadBigInts(on: boolean): void }).setReadBigInts(true)
        return statement
      }
      return db
    },
  }
}

function opener(name: DriverName): Open | undefined {
  try {
    const loaded: unknown = createRequire(import.meta.url)(name)
    const Database =
      name === 'node:sqlite' ? (loaded as { DatabaseSync: Open }).DatabaseSync : (loaded as Open)
    // better-sqlite3 loads its binary, which may be built for another Node, with the first database
    new Database(':memory:').close()
    return Database
  } catch {
    return undefined
  }
}
