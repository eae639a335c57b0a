import type pg from 'pg'
import { expect, it, vi } from 'vitest'
import { unseen } from '../../src/core/record.js'
import type { LedgerSteps } from '../../src/core/ledger.js'
import { postgresLedger, postgresTable } from '../../src/stores/postgres.js'
import { postgres } from '../support/servers.js'
import { coded } from './postgres-articles.js'
import { postgresDatabase } from './postgres-database.js'
import { notes, type Note } from './postgres-notes.js'

const from = { count: 0, token: null, beat: 0 }
const to = { count: 1, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false }

postgres.describe('a transaction', () => {
  const db = postgresDatabase()

  const setUp = (options?: pg.PoolConfig) => notes(db, options)
  const insert = (client: pg.PoolClient) => client.query(`INSERT INTO notes (id, text) VALUES (1, 'a')`)

  it('commits the version and the data together, and hands over a connection of its own', async () => {
    const { pool, ledger, state, whole } = await setUp()
    const answer = await ledger.transaction(async (steps, client) => {
      expect((await steps.compareAndSwap('k', { from, to })).swapped).toBe(true)
      expect((await steps.get('k')).count).toBe(1)
      await insert(client)
      // nobody else is on it, and nobody sees it yet
      expect(pool.totalCount - pool.idleCount).toBe(1)
      expect(await state()).toEqual([0, 0])
      return 'done'
    })
    expect(answer).toBe('done')
    expect(await state()).toEqual([1, 1])
    whole()
  })

  it('is gone whole when its work throws, and the error is the one that was thrown', async () => {
    const { ledger, table, state, whole } = await setUp()
    const error = new Error('no')
    await expect(
      ledger.transaction(async (steps, client) => {
        await steps.compareAndSwap('k', { from, to })
        await insert(client)
        throw error
      }),
    ).rejects.toBe(error)
    await expect(
      table.transaction(() => {
        throw error
      }),
    ).rejects.toBe(error)
    await expect(
      table.transaction(async (steps, client) => {
        await steps.insert({ id: 1 }, { text: 'a' })
        await client.query('INSERT INTO nowhere VALUES (1)')
      }),
    ).rejects.toMatchObject({ code: '42P01' })
    expect(await state()).toEqual([0, 0])
    whole()
  })

  it('whose work swallowed the failure of a statement is an error, and not taken for committed', async () => {
    const { ledger, state, whole } = await setUp()
    const work = async (steps: LedgerSteps, client: pg.PoolClient) => {
      await steps.compareAndSwap('k', { from, to })
      await client.query('SELECT 1 / 0').catch(() => undefined)
      return 'fine'
    }
    await expect(ledger.transaction(work)).rejects.toEqual(coded('ERR_NOT_WRITTEN', 'failed'))
    expect(await state()).toEqual([0, 0])
    whole()
  })

  it.each(['ROLLBACK', 'COMMIT'])('that its own work has ended with %s is an error', async (end) => {
    const { ledger, whole } = await setUp()
    await expect(ledger.transaction((_steps, client) => client.query(end))).rejects.toEqual(
      expect.objectContaining({
        code: 'outcome-unknown',
        cause: expect.objectContaining({ message: expect.stringContaining('has ended it') }),
      }),
    )
    expect(await ledger.transaction(() => 'next')).toBe('next')
    whole()
  })

  it('may have savepoints', async () => {
    const { ledger, state } = await setUp()
    await ledger.transaction(async (steps, client) => {
      await steps.compareAndSwap('k', { from, to })
      await client.query('SAVEPOINT mine')
      await client.query('SELECT 1 / 0').catch(() => undefined)
      await client.query('ROLLBACK TO mine')
      await insert(client)
    })
    expect(await state()).toEqual([1, 1])
  })

  it('takes no step once it is over', async () => {
    const { ledger, table, state } = await setUp()
    let kept: LedgerSteps | undefined
    await ledger.transaction((steps) => {
      kept = steps
    })
    await expect(kept?.get('k')).rejects.toEqual(coded('ERR_TRANSACTION_ASYNC', 'over'))
    await expect(kept?.compareAndSwap('k', { from, to })).rejects.toEqual(coded('ERR_TRANSACTION_ASYNC'))
    const late = await table.transaction((steps) => [steps])
    await expect(late[0]?.insert({ id: 1 }, {})).rejects.toEqual(coded('ERR_TRANSACTION_ASYNC'))
    expect(await state()).toEqual([0, 0])
  })

  it('that the database refuses to commit is rolled back', async () => {
    const { ledger, state, whole } = await setUp()
    await db.sql('CREATE TABLE IF NOT EXISTS child (note integer)')
    await db.sql(
      `DROP TABLE child; CREATE TABLE child (note integer REFERENCES notes DEFERRABLE INITIALLY DEFERRED)`,
    )
    await expect(
      ledger.transaction(async (steps, client) => {
        await steps.compareAndSwap('k', { from, to })
        await client.query('INSERT INTO child VALUES (7)')
      }),
    ).rejects.toMatchObject({ code: '23503' })
    expect(await state()).toEqual([0, 0])
    whole()
    await db.sql('DROP TABLE child')
  })

  it('is not for a connection that others share', async () => {
    await setUp()
    const client = await db.client()
    const ledger = postgresLedger(client)
    const table = postgresTable<Note>(client, { name: 'notes', columns: ['text'] })
    const work = vi.fn()
    for (const refused of [() => ledger.transaction(work), () => table.transaction(work)])
      await expect(refused()).rejects.toEqual(coded('ERR_WRITE_UNSUPPORTED', 'Hand over a Pool'))
    expect(work).not.toHaveBeenCalled()
    // and one of theirs is not for the store: what it wrote could be undone
    await client.query('BEGIN')
    await expect(ledger.get('k')).rejects.toEqual(coded('ERR_TRANSACTION_ASYNC', 'Hand over the Pool'))
    await expect(table.find({ id: 101 })).rejects.toEqual(coded('ERR_TRANSACTION_ASYNC'))
    await client.query('ROLLBACK')
    expect(await ledger.get('k')).toEqual(unseen())
    expect((await table.find({ id: 101 }))?.version).toBe('1')
  })
})
