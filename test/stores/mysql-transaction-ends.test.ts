import type { PoolConnection } from 'mysql2/promise'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { LedgerSteps, TransactionOptions } from '../../src/core/ledger.js'
import { transact } from '../../src/stores/mysql/transaction.js'
import { gate } from '../support/api.js'
import { from, isWhole, notes, to } from './mysql-notes.js'
import { coded, database, NO_MATTER, onEachWay, tableName } from './mysql-support.js'

const conflict = coded('transaction-conflict')

onEachWay('a transaction that the server ends', (way) => {
  const server = database()
  const setUp = () => notes(server.pool(way, { connectionLimit: 4 }))

  /** Two that lock the same two rows, each the other's first: the server ends one of them. */
  async function deadlock(options?: TransactionOptions) {
    const context = await setUp()
    const { table } = context
    let waiting = 0
    let runs = 0
    let open = (): void => undefined
    const both = new Promise<void>((resolve) => (open = resolve))
    const work = (first: number, second: number) =>
      table.transaction(async (steps) => {
        runs++
        await steps.update({ id: first }, NO_MATTER, { text: null })
        if (++waiting === 2) open()
        await both
        await steps.update({ id: second }, NO_MATTER, { text: null })
        return 'done'
      }, options)
    return { ...context, results: await Promise.allSettled([work(1, 2), work(2, 1)]), runs: () => runs }
  }

  it('that the server ended for a deadlock is a problem that may be sent again', async () => {
    const { results, runs, state, pool } = await deadlock()
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const rejected = results.find((result) => result.status === 'rejected')
    expect(rejected?.reason).toEqual(conflict)
    expect(rejected?.reason).toMatchObject({
      status: 409,
      problem: { applied: 'no', retryable: true },
      cause: { errno: 1213 },
    })
    expect(runs()).toBe(2)
    expect(await state()).toMatchObject([0, [{ version: 2 }, { version: 2 }]])
    await isWhole(pool)
  })

  it('begins again after a deadlock where it is repeatable', async () => {
    const { results, runs, state } = await deadlock({ repeatable: true })
    expect(results).toEqual([
      { status: 'fulfilled', value: 'done' },
      { status: 'fulfilled', value: 'done' },
    ])
    // the second run may be quicker than the one it made way for, and get in its way once more
    expect(runs()).toBeGreaterThan(2)
    expect(await state()).toMatchObject([0, [{ version: 3 }, { version: 3 }]])
  })

  it('begins again three times and no more, and only for what is not its own fault', async () => {
    const { ledger, state, before } = await setUp()
    for (const [errno, times, code] of [
      [1213, 4, 'transaction-conflict'],
      [1205, 4, 'transaction-conflict'],
      [1020, 4, 'transaction-conflict'],
      [1062, 1, 'own'],
    ] as const) {
      let runs = 0
      const failing = async (steps: LedgerSteps) => {
        runs++
        await steps.compareAndSwap('k', { from, to })
        // as an ORM wraps what its driver says
        throw Object.assign(new Error('failed', { cause: Object.assign(new Error(), { errno }) }), {
          code: 'own',
        })
      }
      await expect(ledger.transaction(failing, { repeatable: true })).rejects.toMatchObject({ code })
      expect(runs, String(errno)).toBe(times)
    }
    expect(await state()).toEqual(before)
  })

  it('takes a lock that does not become free for a conflict', async () => {
    const { pool, name, table, state, before } = await setUp()
    const holder = await pool.getConnection()
    await holder.beginTransaction()
    await holder.query(`UPDATE ${name} SET text = 'held' WHERE id = 1`)
    const waiting = table.transaction(async (steps, client) => {
      await steps.update({ id: 2 }, NO_MATTER, { text: 'undone' })
      await client.query('SET SESSION innodb_lock_wait_timeout = 1')
      await steps.update({ id: 1 }, NO_MATTER, { text: 'never' })
    })
    await expect(waiting).rejects.toEqual(conflict)
    await holder.rollback()
    holder.release()
    expect(await state()).toEqual(before)
  })

  it('that was ended inside is of unknown outcome, and never taken for committed', async () => {
    const { pool, name, ledger, table } = await setUp()
    const unknown = coded('outcome-unknown')
    const made = tableName()
    for (const ending of [
      `CREATE TABLE ${made} (a INT)`,
      'COMMIT',
      'ROLLBACK',
      'START TRANSACTION',
      `LOCK TABLES ${name} WRITE`,
    ]) {
      const work = async (steps: LedgerSteps, client: PoolConnection) => {
        await steps.compareAndSwap('k', {
          from: { ...from, count: (await steps.get('k')).count },
          to: { ...to, count: 9 },
        })
        await client.query(ending)
        await client.query('UNLOCK TABLES')
        return 'committed'
      }
      await expect(ledger.transaction(work), ending).rejects.toEqual(unknown)
      await isWhole(pool)
    }
    // a deadlock that the work passes over: what it does after that would be committed on its own
    const { results } = await (async () => {
      let waiting = 0
      let open = (): void => undefined
      const both = new Promise<void>((resolve) => (open = resolve))
      const passing = (first: number, second: number) =>
        table.transaction(async (steps) => {
          await steps.update({ id: first }, NO_MATTER, { text: null })
          if (++waiting === 2) open()
          await both
          await Promise.resolve(steps.update({ id: second }, NO_MATTER, { text: null })).catch(
            () => undefined,
          )
        })
      return { results: await Promise.allSettled([passing(1, 2), passing(2, 1)]) }
    })()
    expect(results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))).toEqual([
      unknown,
    ])
    await isWhole(pool)
  })

  it.each(['idle', 'busy'])(
    'whose connection is killed while it is %s leaves nothing behind',
    async (when) => {
      const { pool, ledger, state, before, name } = await setUp()
      const killer = await server.connection()
      const work = ledger.transaction(async (steps, client) => {
        await steps.compareAndSwap('k', { from, to })
        await client.query(`DELETE FROM ${name} WHERE id = 1`)
        if (when === 'idle') {
          await killer.query(`KILL ${client.threadId}`)
          return 'committed'
        }
        const [victim] = await Promise.all([
          client.query('SELECT SLEEP(20)'),
          killer.query(`KILL ${client.threadId}`),
        ])
        return victim
      })
      await expect(work).rejects.toThrow()
      expect(await state()).toEqual(before)
      await isWhole(pool)
    },
  )
})

it('a connection on which not even the ROLLBACK is answered is given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const asked = gate()
  const [release, destroy] = [vi.fn(), vi.fn()]
  const query = (given: unknown): Promise<[unknown, unknown]> => {
    if ((given as { sql: string }).sql !== 'ROLLBACK') return Promise.resolve([{}, undefined])
    asked.open()
    return new Promise(() => undefined)
  }
  const escape = String
  const getConnection = () => Promise.resolve({ query, escape, release, destroy })
  const client = { query, escape, getConnection }
  const cut = new Error('cut')
  const failed = expect(
    transact(
      { store: 'mysql', client, way: 'block', reading: 'plainly' },
      () => 1,
      () => Promise.reject(cut),
    ),
  ).rejects.toBe(cut)
  await asked.opened
  await vi.advanceTimersByTimeAsync(4999)
  expect(destroy).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  await failed
  expect([destroy.mock.calls.length, release.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0, 0])
})
