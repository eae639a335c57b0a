import { expect, it } from 'vitest'
import { claim, move, presumed, renew, settle, swapFrom, swapTo } from '../../src/core/machine.js'
import { unseen, type LedgerRecord } from '../../src/core/record.js'
import { mysqlLedger, mysqlTable } from '../../src/stores/mysql.js'
import { counted, database, NO_MATTER, oneOf, onEachWay, tableName, type Way } from './mysql-support.js'

const swapOf = (from: LedgerRecord, to: LedgerRecord) => ({ from: swapFrom(from), to: swapTo(from, to) })

interface Article {
  id: number
  title: string
  version: number
}

/** In this order: MariaDB; MySQL; MySQL with multipleStatements. */
const TRIPS: Readonly<Record<Way, number>> = {
  MariaDB: 0,
  MySQL: 1,
  'MySQL with multipleStatements': 2,
}

onEachWay('the trips', (way) => {
  const server = database()
  const trips = (mariadb: number, mysql: number, batches: number): number | undefined =>
    [mariadb, mysql, batches][TRIPS[way]]

  it('of a mysqlLedger are counted', async () => {
    const pool = server.pool(way, { connectionLimit: 1 })
    const trip = counted(pool)
    const ledger = mysqlLedger(pool, { table: tableName() })
    await ledger.get('warm')
    let record = unseen()
    const swap = (from: LedgerRecord, to: LedgerRecord, key = 'k') =>
      trip(async () => {
        const answer = await ledger.compareAndSwap(key, swapOf(from, to))
        expect(answer.swapped).toBe(true)
        record = answer.record
      })
    expect(await trip(async () => ledger.get('k'))).toBe(1)
    expect(await trip(async () => ledger.getMany(['k', 'l', 'm']))).toBe(1)
    // a claim of an unseen key, without a look
    expect(await swap(presumed(0), claim(presumed(0), 't1', 1000)!)).toBe(1)
    expect(await swap(record, renew(record, 't1')!)).toBe(1)
    const ended = settle(record, 't1', { kind: 'written', existence: 'present' }).record
    expect(await swap(record, ended)).toBe(1)
    // the token that settled is a text, which MySQL cannot hand out
    expect(await swap(presumed(1), claim(presumed(1), 't2', 1000)!)).toBe(trips(1, 2, 1))
    expect(record).toMatchObject({ existence: 'present', settled: 't1', fence: 2 })
    expect(await swap(record, settle(record, 't2', { kind: 'unknown' }).record)).toBe(1)
    expect(await swap(record, move(record))).toBe(1)
    expect(await swap(record, claim(record, 't3', 1000)!)).toBe(1)
    const lost = () =>
      trip(async () => {
        const answer = await ledger.compareAndSwap('k', swapOf(presumed(1), claim(presumed(1), 't9', 1)!))
        expect(answer).toMatchObject({ swapped: false, record: { count: 3, claim: { token: 't3' } } })
      })
    expect(await lost()).toBe(trips(1, 2, 1))
  })

  it('of a mysqlTable are counted', async () => {
    const pool = server.pool(way, { connectionLimit: 1 })
    const trip = counted(pool)
    const name = tableName()
    await pool.query(`CREATE TABLE ${name} (id INT PRIMARY KEY, title TEXT, version BIGINT NOT NULL)`)
    const table = mysqlTable<Article>(pool, { name, columns: ['title'] })
    await table.find({ id: 0 })
    expect(await trip(async () => table.insert({ id: 1 }, { title: 'one' }))).toBe(trips(1, 4, 2))
    let row = (await table.find({ id: 1 }))!
    const update = async () => {
      row = (await table.update({ id: 1 }, oneOf(table.versionOf(row)), { title: 'two' }))!
      expect(row.title).toBe('two')
    }
    expect(await trip(update)).toBe(trips(1, 4, 1))
    const loser = async () => {
      expect(await table.update({ id: 1 }, oneOf('1'), { title: 'lost' })).toBeUndefined()
      expect(await table.find({ id: 1 })).toEqual(row)
    }
    expect(await trip(loser)).toBe(trips(2, 5, 2))
    expect(await trip(async () => table.find({ id: 1 }))).toBe(1)
    // no row of the table can have this id: nobody is asked
    expect(await trip(async () => table.find({ id: 'one' }))).toBe(0)
    expect(await trip(async () => table.delete({ id: 1 }, NO_MATTER))).toBe(trips(1, 4, 1))
  })
})
