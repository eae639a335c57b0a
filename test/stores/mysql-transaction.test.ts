import type { Connection as CoreConnection } from 'mysql2'
import type { PoolConnection } from 'mysql2/promise'
import { expect, it } from 'vitest'
import type { LedgerSteps } from '../../src/core/ledger.js'
import { unseen } from '../../src/core/record.js'
import { from, isWhole, notes, to } from './mysql-notes.js'
import { coded, database, NO_MATTER, oneOf, onEachWay, waitUntilBlocked } from './mysql-support.js'

const over = coded('ERR_TRANSACTION_ASYNC', 'over')

onEachWay('a transaction', (way) => {
  const server = database()
  const setUp = (connectionLimit = 4) => notes(server.pool(way, { connectionLimit }))

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
    const pool = server.pool(way, { connectionLimit: 4 })
    // by default from MariaDB 11.6 on, under which that is a conflict; the error is that of a server without it
    pool.on('connection', (connection) => {
      const core = connection as unknown as CoreConnection
      core.query('SET SESSION innodb_snapshot_isolation = OFF', () => undefined)
    })
    const { ledger, table, name } = await notes(pool)
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
