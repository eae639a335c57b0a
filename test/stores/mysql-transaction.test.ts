import type { Pool, PoolConnection } from 'mysql2/promise'
import { expect, it } from 'vitest'
import type { LedgerSteps, TransactionOptions } from '../../src/core/ledger.js'
import { unseen } from '../../src/core/record.js'
import { mysqlLedger, mysqlTable } from '../../src/stores/mysql.js'
import {
  coded,
  database,
  NO_MATTER,
  oneOf,
  onEachWay,
  rows,
  tableName,
  waitUntilBlocked,
} from './mysql-support.js'

interface Note {
  id: number
  text: string | null
  version: number
}

const from = { count: 0, token: null, beat: 0 }
const to = { count: 1, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false }
const conflict = coded('transaction-conflict')
const over = coded('ERR_TRANSACTION_ASYNC', 'over')

onEachWay('a transaction', (way) => {
  const server = database()

  async function setUp(connectionLimit = 4) {
    const pool = server.pool(way, { connectionLimit })
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
  async function isWhole(pool: Pool, limit = 4): Promise<void> {
    const all = await Promise.all(Array.from({ length: limit }, () => pool.getConnection()))
    for (const connection of all) {
      expect(await rows(connection, 'SELECT @@in_transaction AS open')).toEqual([{ open: 0 }])
      connection.release()
    }
  }

  it('commits the version and the data together, and hands over its connection', async () => {
    const { pool, name, ledger, state } = await setUp()
    const answer = await ledger.transaction(async (steps, client) => {
      expect((await steps.compareAndSwap('k', { from, to })).swapped).toBe(true)
      // typed as what the pool lends
      await client.query(`UPDATE ${name} SET text = ? WHERE id = 1`, ['done'])
      expect((await steps.get('k')).count).toBe(1)
      expect((await ledger.get('k')).count).toBe(0)
      return 'done'
    })
    expect(answer).toBe('done')
    expect(await state()).toMatchObject([1, [{ text: 'done' }, { text: 'two' }]])
    await isWhole(pool)
  })

  it.each<readonly [string, (steps: LedgerSteps, client: PoolConnection, name: string) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['has sent what is no SQL', (_, client) => client.query('no')],
  ])('is gone whole when its work %s, and the error is the one that it was', async (_, fail) => {
    const { pool, name, ledger, table, state, before } = await setUp()
    const work = async (steps: LedgerSteps, client: PoolConnection) => {
      await steps.compareAndSwap('k', { from, to })
      await client.query(`DELETE FROM ${name}`)
      return fail(steps, client, name)
    }
    await expect(ledger.transaction(work)).rejects.toThrow('no')
    expect(await state()).toEqual(before)
    await expect(
      table.transaction(async (steps) => {
        await steps.update({ id: 1 }, NO_MATTER, { text: 'x' })
        await steps.insert({ id: 3 }, { text: 'three' })
        await steps.delete({ id: 2 }, NO_MATTER)
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(await state()).toEqual(before)
    await isWhole(pool)
  })

  it('has steps that are of no use once it is over', async () => {
    const { ledger, table, state, before } = await setUp()
    const kept: (() => Promise<unknown>)[] = []
    await ledger.transaction(
      (steps) =>
        void kept.push(
          () => steps.get('k'),
          () => steps.compareAndSwap('k', { from, to }),
        ),
    )
    await table.transaction((steps) => {
      const step = { id: 1 }
      kept.push(
        () => Promise.resolve(steps.find(step)),
        () => Promise.resolve(steps.update(step, NO_MATTER, {})),
      )
      kept.push(
        () => Promise.resolve(steps.insert({ id: 9 }, {})),
        () => Promise.resolve(steps.delete(step, NO_MATTER)),
      )
    })
    for (const step of kept) await expect(step()).rejects.toEqual(over)
    expect(await state()).toEqual(before)
  })

  it('sees what was committed after it began to read, and is compared with that', async () => {
    const { ledger, table, name } = await setUp()
    const answer = await ledger.transaction(async (steps, client) => {
      // the snapshot that its own plain SELECTs go on telling of
      await client.query(`SELECT * FROM ${name}`)
      await ledger.compareAndSwap('k', { from, to: { ...to, count: 5 } })
      await table.update({ id: 1 }, oneOf('1'), { text: 'meanwhile' })
      const seen = await steps.get('k')
      const lost = await steps.compareAndSwap('k', { from, to })
      return { seen, lost }
    })
    expect(answer).toMatchObject({ seen: { count: 5 }, lost: { swapped: false, record: { count: 5 } } })
    await table.transaction(async (steps, client) => {
      await client.query(`SELECT * FROM ${name}`)
      await table.update({ id: 1 }, oneOf('2'), { text: 'again' })
      expect(await steps.update({ id: 1 }, oneOf('2'), { text: 'lost' })).toBeUndefined()
      expect(await steps.find({ id: 1 })).toMatchObject({ text: 'again', version: 3 })
      expect(await steps.insert({ id: 1 }, { text: 'lost' })).toBeUndefined()
    })
  })

  it('creates different keys beside others that do, and waits for none of them', async () => {
    const { ledger } = await setUp()
    let inside = 0
    let open = (): void => undefined
    const all = new Promise<void>((resolve) => (open = resolve))
    const create = (key: string) =>
      ledger.transaction(async (steps) => {
        const record = await steps.get(key)
        // both have looked before either writes
        if (++inside === 2) open()
        await all
        return (await steps.compareAndSwap(key, { from: { ...from, count: record.count }, to })).swapped
      })
    expect(await Promise.all([create('new/1'), create('new/2')])).toEqual([true, true])
    expect(await ledger.getMany(['new/1', 'new/2'])).toMatchObject([{ count: 1 }, { count: 1 }])
  })

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
    expect(runs()).toBe(3)
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

  it('gives its connection back, however it ends', async () => {
    const { pool, ledger, table } = await setUp(1)
    for (let round = 0; round < 5; round++) {
      await ledger.transaction(() => 1)
      await expect(table.transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
      await expect(table.insert({ id: 7 }, { text: 'one' })).rejects.toMatchObject({ errno: 1062 })
    }
    await isWhole(pool, 1)
    expect(await ledger.get('k')).toEqual(unseen())
  })

  it('holds the row that it moved until it ends', async () => {
    const { ledger } = await setUp()
    await ledger.compareAndSwap('k', { from, to })
    const witness = await server.connection()
    let second: Promise<unknown> | undefined
    await ledger.transaction(async (steps) => {
      await steps.compareAndSwap('k', { from: { ...from, count: 1 }, to: { ...to, count: 2 } })
      second = ledger.compareAndSwap('k', { from: { ...from, count: 1 }, to: { ...to, count: 2 } })
      await waitUntilBlocked(witness, server.name)
    })
    expect(await second).toMatchObject({ swapped: false, record: { count: 2 } })
  })
})
