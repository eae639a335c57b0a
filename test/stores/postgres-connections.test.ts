import express from 'express'
import { ifMatch, problems } from 'express-if-match'
import { expect, it, onTestFinished, vi } from 'vitest'
import { postgresTable } from '../../src/stores/postgres.js'
import { transact } from '../../src/stores/postgres/transaction.js'
import { gate, serve } from '../support/api.js'
import { postgres } from '../support/servers.js'
import { ALWAYS, coded } from './postgres-articles.js'
import { postgresDatabase } from './postgres-database.js'
import { notes, type Note } from './postgres-notes.js'

const from = { count: 0, token: null, beat: 0 }
const to = { count: 1, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false }

postgres.describe('the connection of a transaction', () => {
  const db = postgresDatabase()

  it.each([['during a statement'], ['between two'], ['at the commit']])(
    'that is lost %s leaves nothing behind, and does not end the process',
    async (when) => {
      const { pool, ledger, state, whole } = await notes(db)
      const crashed = vi.fn()
      process.on('uncaughtException', crashed)
      const end = (pid: unknown) => db.sql('SELECT pg_terminate_backend($1)', [pid])
      await expect(
        ledger.transaction(async (steps, client) => {
          await steps.compareAndSwap('k', { from, to })
          const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
          const gone = new Promise((resolve) => client.once('end', resolve))
          if (when === 'during a statement') {
            const slept = client.query('SELECT pg_sleep(60)')
            await Promise.all([slept, end(rows[0].pid)])
          } else if (when === 'between two') {
            await Promise.all([gone, end(rows[0].pid)])
            await steps.get('k')
          } else await Promise.all([gone, end(rows[0].pid)])
        }),
      ).rejects.toThrow(/terminat|not queryable|connection/i)
      expect(await state()).toEqual([0, 0])
      whole()
      expect(pool.totalCount).toBe(pool.idleCount)
      expect(await ledger.transaction(() => 'next')).toBe('next')
      process.off('uncaughtException', crashed)
      expect(crashed).not.toHaveBeenCalled()
    },
  )

  it('on which somebody has begun one meanwhile is not written on by a statement that is repeated', async () => {
    await notes(db)
    const client = await db.client()
    const sent: string[] = []
    let status = 'I'
    const shared = {
      connect: () => Promise.resolve(),
      getTransactionStatus: () => status,
      query(text: string, values?: unknown[]) {
        sent.push(text)
        if (!text.startsWith('UPDATE')) return client.query(text, values)
        status = 'T'
        return Promise.reject(Object.assign(new Error('could not serialize access'), { code: '40001' }))
      },
    }
    const table = postgresTable<Note>(shared, { name: 'notes', columns: ['text'] })
    await expect(table.update({ id: 101 }, ALWAYS, { text: 'lost' })).rejects.toEqual(
      coded('ERR_TRANSACTION_ASYNC'),
    )
    expect(sent.filter((text) => text.startsWith('UPDATE'))).toHaveLength(1)
  })

  it('is given up on which not even the ROLLBACK is answered', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const release = vi.fn()
    const asked = gate()
    const query = (text: string): Promise<{ rows: unknown[] }> => {
      if (text !== 'ROLLBACK') return Promise.resolve({ rows: [{ name: 'x' }] })
      asked.open()
      return new Promise(() => undefined)
    }
    const pool = { query, totalCount: 1, connect: () => Promise.resolve({ query, release }) }
    const error = new Error('cut')
    const work = transact(
      { store: 'postgres', client: pool, isolation: undefined },
      () => 1,
      () => Promise.reject(error),
    )
    const failed = expect(work).rejects.toBe(error)
    await asked.opened
    await vi.advanceTimersByTimeAsync(4999)
    expect(release).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await failed
    expect(release).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ message: expect.stringContaining('ROLLBACK') }),
    )
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is waited for where all are lent, and fails where none can be had', async () => {
    const { ledger, pool, whole } = await notes(db, { max: 1, connectionTimeoutMillis: 100 })
    await ledger.get('k')
    const held = await pool.connect()
    await expect(ledger.transaction(() => 1)).rejects.toThrow('timeout exceeded')
    const waiting = ledger.transaction(() => 'got one')
    held.release()
    expect(await waiting).toBe('got one')
    whole()
  })

  it('comes back, however its works end', async () => {
    const { pool, ledger, table, whole } = await notes(db, { max: 3 })
    const ends = [
      () => ledger.transaction(() => 1),
      () => ledger.transaction(() => Promise.reject(new Error('no'))),
      () => table.transaction((_steps, client) => client.query('SELECT 1 / 0')),
      () => table.transaction((_steps, client) => client.query('SELECT 1 / 0').catch(() => 1)),
      () => table.transaction((_steps, client) => client.query('COMMIT')),
      () => table.find({ id: 101 }),
    ]
    await Promise.allSettled(Array.from({ length: 60 }, (_, n) => ends[n % ends.length]!()))
    whole()
    expect(pool.totalCount).toBeLessThanOrEqual(3)
    const lent = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
    for (const client of lent) {
      expect(client.getTransactionStatus()).not.toBe('T')
      expect(client.listenerCount('error')).toBe(0)
      client.release()
    }
  })

  it('that holds a row for longer than a claim waits leaves no claim behind for who gave up on it', async () => {
    const { ledger, pool } = await notes(db)
    await ledger.compareAndSwap('docs/1', { from, to })
    const guards = ifMatch({ ledger, key: 'docs/:id', claim: { wait: 1_000 } })
    const app = express().put('/docs/:id', guards.guard(), (_req, res) => void res.json({}))
    const send = await serve(app.use(problems()))
    const put = () => send('PUT', '/docs/1', { headers: { 'If-Match': '"1"' } })
    const holder = await pool.connect()
    await holder.query(`BEGIN; SELECT FROM if_match_ledger WHERE key = 'docs/1' FOR UPDATE`)
    expect((await put()).problem.code).toBe('store-unavailable')
    await holder.query('ROLLBACK')
    holder.release()
    await vi.waitFor(async () => expect((await ledger.get('docs/1')).fence).toBe(1))
    await vi.waitFor(async () => expect((await ledger.get('docs/1')).claim).toBeNull())
    expect((await put()).status).toBe(200)
  })
})
