import type pg from 'pg'
import { expect } from 'vitest'
import { postgresLedger, postgresTable } from '../../src/stores/postgres.js'
import type { PostgresDatabase } from './postgres-database.js'

export interface Note {
  id: number
  text: string
  version: string
}

/** Two notes, 101 and 102, in a table of their own beside a ledger, over one pool. */
export async function notes(db: PostgresDatabase, options: pg.PoolConfig = {}) {
  await db.sql(`DROP TABLE IF EXISTS notes, if_match_ledger;
    CREATE TABLE notes (id integer PRIMARY KEY, text text, version bigint NOT NULL DEFAULT 1);
    INSERT INTO notes (id) VALUES (101), (102)`)
  const pool = db.pool(options)
  const ledger = postgresLedger(pool)
  const table = postgresTable<Note>(pool, { name: 'notes', columns: ['text'] })
  /** the count of the key k, and how many notes were written besides the two */
  const state = async () => [
    (await ledger.get('k')).count,
    Number((await db.sql('SELECT count(*) FROM notes WHERE id < 100'))[0]?.count),
  ]
  /** everything that the pool lent has come back */
  const whole = () => expect([pool.totalCount - pool.idleCount, pool.waitingCount]).toEqual([0, 0])
  return { pool, ledger, table, state, whole }
}
