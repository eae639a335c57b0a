import type { Pool } from 'mysql2/promise'
import { expect } from 'vitest'
import { mysqlLedger, mysqlTable } from '../../src/stores/mysql.js'
import { rows, tableName } from './mysql-support.js'

export interface Note {
  id: number
  text: string | null
  version: number
}

/** The first swap of an unseen key. */
export const from = { count: 0, token: null, beat: 0 }
export const to = { count: 1, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false }

/** A ledger and a table of two notes in one database, with all that is committed there. */
export async function notes(pool: Pool) {
  const name = tableName()
  await pool.query(
    `CREATE TABLE ${name} (id INT PRIMARY KEY, text VARCHAR(99) UNIQUE, version BIGINT NOT NULL)`,
  )
  await pool.query(`INSERT INTO ${name} VALUES (1, 'one', 1), (2, 'two', 1)`)
  const ledger = mysqlLedger(pool, { table: tableName() })
  const table = mysqlTable<Note>(pool, { name, columns: ['text'] })
  await ledger.get('warm')
  const state = async () => [
    (await ledger.get('k')).count,
    await rows(pool, `SELECT id, text, version FROM ${name}`),
  ]
  return { pool, name, ledger, table, state, before: await state() }
}

/** Every connection of the pool can be had, and none is in a transaction. */
export async function isWhole(pool: Pool, limit = 4): Promise<void> {
  const all = await Promise.all(Array.from({ length: limit }, () => pool.getConnection()))
  for (const connection of all) {
    expect(await rows(connection, 'SELECT @@in_transaction AS open')).toEqual([{ open: 0 }])
    connection.release()
  }
}
