import { expect, it } from 'vitest'
import type { TransactionOptions } from '../../src/core/ledger.js'
import { postgresTable } from '../../src/stores/postgres.js'
import { gate } from '../support/api.js'
import { postgres } from '../support/servers.js'
import { ALWAYS, coded } from './postgres-articles.js'
import { postgresDatabase } from './postgres-database.js'
import { notes, type Note } from './postgres-notes.js'

postgres.describe('a transaction that another one is in the way of', () => {
  const db = postgresDatabase()

  /** Two transactions that each lock a row of their own and then that of the other. */
  async function deadlock(options: TransactionOptions) {
    const { table, whole } = await notes(db)
    const locked = [gate(), gate()] as const
    const runs = [0, 0]
    const work = (mine: 0 | 1) =>
      table.transaction(async (steps) => {
        runs[mine]!++
        await steps.update({ id: 101 + mine }, ALWAYS, { text: `first of ${mine}` })
        locked[mine].open()
        await locked[1 - mine]!.opened
        return steps.update({ id: 102 - mine }, ALWAYS, { text: `second of ${mine}` })
      }, options)
    const results = await Promise.allSettled([work(0), work(1)])
    const versions = (await db.sql('SELECT version FROM notes ORDER BY id')).map(({ version }) => version)
    whole()
    return { results, versions, runs: runs[0]! + runs[1]! }
  }

  it('by a deadlock is refused as a conflict, and its work is not run again', async () => {
    const { results, versions, runs } = await deadlock({})
    const lost = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason)
    expect(lost).toEqual([
      expect.objectContaining({
        code: 'transaction-conflict',
        status: 409,
        problem: expect.objectContaining({ retryable: true, applied: 'no' }),
        cause: expect.objectContaining({ code: '40P01' }),
      }),
    ])
    expect([versions, runs]).toEqual([['2', '2'], 2])
  })

  it('by a deadlock begins again where its work may be repeated', async () => {
    const { results, versions, runs } = await deadlock({ repeatable: true })
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    expect(versions).toEqual(['3', '3'])
    // the second run may be quicker than the one it made way for, and get in its way once more
    expect(runs).toBeGreaterThan(2)
  })

  it('and that cannot be serialized begins again where its work may be repeated, three times at most', async () => {
    const { pool, whole } = await notes(db)
    const table = postgresTable<Note>(pool, { name: 'notes', columns: ['text'], isolation: 'serializable' })
    /** the first `disturbed` runs find that another write came after they had read */
    const run = async (disturbed: number, options?: TransactionOptions) => {
      let runs = 0
      const update = table.transaction(async (steps, client) => {
        const { rows } = await client.query('SHOW transaction_isolation')
        expect(rows).toEqual([{ transaction_isolation: 'serializable' }])
        const row = await steps.find({ id: 101 })
        if (runs++ < disturbed) await db.sql(`UPDATE notes SET version = version + 1 WHERE id = 101`)
        return steps.update({ id: 101 }, ALWAYS, { text: `${row?.version} was read` })
      }, options)
      const answer = await update.catch((error: unknown) => error)
      return [runs, answer]
    }
    const conflict = expect.objectContaining({
      code: 'transaction-conflict',
      cause: expect.objectContaining({ code: '40001' }),
    })
    expect(await run(1)).toEqual([1, conflict])
    expect(await run(3, { repeatable: true })).toEqual([4, { id: 101, text: '5 was read', version: '6' }])
    expect(await run(4, { repeatable: true })).toEqual([4, conflict])
    whole()
  })

  it('is known by the cause that the application wrapped, and no other failure is taken for it', async () => {
    const { ledger } = await notes(db)
    const conflict = Object.assign(new Error('deadlock detected'), { code: '40P01' })
    const throwing = (error: unknown) => () => {
      runs++
      throw error
    }
    let runs = 0
    await expect(
      ledger.transaction(throwing(new Error('query failed', { cause: conflict })), { repeatable: true }),
    ).rejects.toEqual(coded('transaction-conflict'))
    expect(runs).toBe(4)
    runs = 0
    const duplicate = Object.assign(new Error('duplicate key'), { code: '23505' })
    await expect(ledger.transaction(throwing(duplicate), { repeatable: true })).rejects.toBe(duplicate)
    await expect(ledger.transaction(throwing('text'), { repeatable: true })).rejects.toBe('text')
    expect(runs).toBe(2)
  })
})
