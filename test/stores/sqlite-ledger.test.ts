import { statSync } from 'node:fs'
import { expect, it } from 'vitest'
import { claim, expire, presumed, settle, swapFrom, swapTo } from '../../src/core/machine.js'
import { unseen, type LedgerRecord } from '../../src/core/record.js'
import { sqliteLedger } from '../../src/stores/sqlite.js'
import { closing, onEachDriver, temporaryFile, tidyUp } from './sqlite-drivers.js'

tidyUp()

const swapOf = (from: LedgerRecord, to: LedgerRecord) => ({ from: swapFrom(from), to: swapTo(from, to) })
const claimed = (from: LedgerRecord, token: string) => claim(from, token, 30_000)!
const written = (record: LedgerRecord, token: string) =>
  settle(record, token, { kind: 'written', existence: 'present' }).record

/** Keys that a store may confuse, or run. */
const HOSTILE = [
  '',
  'a',
  'A',
  'a ',
  'a\0',
  'a\0b',
  'a\0c',
  'a\ud800',
  'a\udfff',
  'a\ufffd',
  'a\ufffd0000',
  'é',
  'e\u0301',
  '😀',
  "'; DROP TABLE if_match_ledger; --",
  '"',
  '%',
  '_',
  '042',
  '42',
  '42.0',
  '__proto__',
  'constructor',
  'x'.repeat(100_000),
]

onEachDriver('sqliteLedger', (driver) => {
  const open = (file = ':memory:') => closing(driver.open(file))

  it('knows nothing of an unseen key, and claims it in one swap', () => {
    const ledger = sqliteLedger(open())
    expect(ledger.get('articles/1')).toEqual(unseen())
    const won = ledger.compareAndSwap('articles/1', swapOf(unseen(), claimed(unseen(), 't1')))
    const expected = {
      count: 0,
      existence: 'unknown',
      fence: 1,
      claim: { token: 't1', beat: 0, lease: 30_000, doubtful: false },
      settled: null,
    }
    expect(won).toEqual({ swapped: true, record: expected })
    expect(ledger.get('articles/1')).toEqual(expected)
  })

  it('tells the loser of the winner', () => {
    const ledger = sqliteLedger(open())
    const won = ledger.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 't1')))
    const lost = ledger.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 't2')))
    expect(lost).toEqual({ swapped: false, record: won.record })
  })

  it('goes through claim, settle, the next claim and its expiry; members left out stay', () => {
    const ledger = sqliteLedger(open())
    const first = ledger.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 't1'))).record
    const settled = ledger.compareAndSwap('k', swapOf(first, written(first, 't1')))
    expect(settled.record).toEqual({ count: 1, existence: 'present', fence: 1, claim: null, settled: 't1' })
    // a claim that did not read knows neither existence nor fence nor who settled
    const second = ledger.compareAndSwap('k', swapOf(presumed(1), claimed(presumed(1), 't2'))).record
    expect(second).toMatchObject({ count: 1, existence: 'present', fence: 2, settled: 't1' })
    const expired = ledger.compareAndSwap('k', swapOf(second, expire(second)))
    expect(expired.record).toEqual({ count: 2, existence: 'unknown', fence: 2, claim: null, settled: null })
    expect(ledger.get('k')).toEqual(expired.record)
  })

  it.each([
    ['count', { count: 2, token: 't1', beat: 0 }],
    ['token', { count: 0, token: 't2', beat: 0 }],
    ['no token', { count: 0, token: null, beat: 1 }],
    ['beat', { count: 0, token: 't1', beat: 1 }],
  ])('refuses a swap whose %s is not what is stored', (_, from) => {
    const ledger = sqliteLedger(open())
    const before = ledger.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 't1'))).record
    const to = swapTo(before, { ...before, count: 9 })
    expect(ledger.compareAndSwap('k', { from, to })).toEqual({ swapped: false, record: before })
    expect(ledger.get('k')).toEqual(before)
  })

  it('does not take an unseen key for one that has moved, or was beaten', () => {
    const ledger = sqliteLedger(open())
    for (const from of [
      { count: 1, token: null, beat: 0 },
      { count: 0, token: 't', beat: 0 },
      { count: 0, token: null, beat: 1 },
    ]) {
      const to = swapTo(unseen(), claimed(unseen(), 't1'))
      expect(ledger.compareAndSwap('k', { from, to })).toEqual({ swapped: false, record: unseen() })
    }
  })

  it('keeps keys apart, whatever is in them', () => {
    const ledger = sqliteLedger(open())
    for (const [index, key] of HOSTILE.entries()) {
      expect(ledger.get(key), JSON.stringify(key).slice(0, 40)).toEqual(unseen())
      const to = { ...claimed(unseen(), key), count: index + 1 }
      expect(ledger.compareAndSwap(key, swapOf(unseen(), to)).swapped).toBe(true)
    }
    const counts = HOSTILE.map((_, index) => index + 1)
    expect(HOSTILE.map((key) => ledger.get(key).count)).toEqual(counts)
    expect(ledger.getMany(HOSTILE).map(({ count }) => count)).toEqual(counts)
  })

  it('reads thousands of keys at once, in their order, twice if asked twice', () => {
    const ledger = sqliteLedger(open())
    const keys = Array.from({ length: 40_000 }, (_, index) => `k/${index}`)
    ledger.transaction((steps) => {
      for (let index = 0; index < keys.length; index += 7) {
        steps.compareAndSwap(keys[index]!, swapOf(unseen(), { ...unseen(), count: index + 1 }))
      }
    })
    const expected = keys.map((_, index) => (index % 7 === 0 ? index + 1 : 0))
    expect(ledger.getMany(keys).map(({ count }) => count)).toEqual(expected)
    expect(ledger.getMany([])).toEqual([])
    expect(ledger.getMany(['k/7', 'none', 'k/7']).map(({ count }) => count)).toEqual([8, 0, 8])
  })

  it('works on a connection whose integers are bigint', () => {
    const ledger = sqliteLedger(closing(driver.openBigint(':memory:')))
    const { record } = ledger.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 't1')))
    expect(record.count).toBe(0)
    expect(ledger.compareAndSwap('k', swapOf(record, written(record, 't1'))).record.count).toBe(1)
  })

  it('keeps its records in the file, and only there calls its counts lasting', () => {
    const file = temporaryFile()
    const ledger = sqliteLedger(open(file))
    ledger.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 't1')))
    const again = sqliteLedger(open(file))
    expect(again.get('k').claim?.token).toBe('t1')
    expect(again.epoch).toBe('')
    const [one, two] = [sqliteLedger(open()), sqliteLedger(open())]
    expect(one.epoch).toMatch(/^[0-9a-f]{16}$/)
    expect(one.epoch).not.toBe(two.epoch)
  })

  it('switches a file to WAL, unless told not to, and waits when busy', () => {
    const pragma = (db: ReturnType<typeof open>, name: string) =>
      Object.values(db.prepare(`PRAGMA ${name}`).all()[0]!)[0]
    const logged = open(temporaryFile())
    sqliteLedger(logged)
    expect(pragma(logged, 'journal_mode')).toBe('wal')
    expect(pragma(logged, 'busy_timeout')).toBe(5000)
    const plain = open(temporaryFile())
    plain.exec('PRAGMA busy_timeout = 1234')
    sqliteLedger(plain, { wal: false })
    expect(pragma(plain, 'journal_mode')).toBe('delete')
    expect(pragma(plain, 'busy_timeout')).toBe(1234)
    sqliteLedger(plain, { wal: false, busyTimeout: 0 })
    expect(pragma(plain, 'busy_timeout')).toBe(0)
  })

  it('does not let the WAL grow over 20,000 swaps', () => {
    const file = temporaryFile()
    const db = open(file)
    const ledger = sqliteLedger(db)
    // not what is tested here, and most of the time it takes
    db.exec('PRAGMA synchronous = OFF')
    let record = unseen()
    for (let count = 1; count <= 20_000; count++) {
      record = ledger.compareAndSwap('k', swapOf(record, { ...record, count })).record
    }
    expect(record.count).toBe(20_000)
    // 1,000 pages, the default at which SQLite moves them into the file, and some to spare
    expect(statSync(`${file}-wal`).size).toBeLessThan(8 * 1024 * 1024)
  })

  it('tries the switch to WAL again, as long as it would wait for a lock', () => {
    const db = open(temporaryFile())
    let refusals = 3
    const busy = {
      prepare: (sql: string) => db.prepare(sql),
      exec(sql: string) {
        if (sql.includes('WAL') && refusals-- > 0) throw new Error('database is locked')
        return db.exec(sql)
      },
    }
    expect(() => sqliteLedger(busy, { busyTimeout: 0 })).toThrow('database is locked')
    sqliteLedger(busy, { busyTimeout: 60_000 })
    expect(refusals).toBe(-1)
    expect(db.prepare('PRAGMA journal_mode').all()).toEqual([
      expect.objectContaining({ journal_mode: 'wal' }),
    ])
  })

  it('asks for nothing that may be locked before it waits for locks', () => {
    const file = temporaryFile()
    const holder = open(file)
    holder.exec('CREATE TABLE t (a); BEGIN EXCLUSIVE')
    const db = open(file)
    expect(() => sqliteLedger(db, { busyTimeout: 1 })).toThrow('database is locked')
    // it got as far as that
    expect(db.prepare('PRAGMA busy_timeout').all()).toEqual([expect.objectContaining({ timeout: 1 })])
    holder.exec('COMMIT')
    expect(sqliteLedger(db).get('k')).toEqual(unseen())
  })

  it('leaves nothing behind on its connection when the database was busy', () => {
    const file = temporaryFile()
    const [holder, db] = [open(file), open(file)]
    const ledger = sqliteLedger(db, { busyTimeout: 1 })
    const swap = swapOf(unseen(), claimed(unseen(), 't1'))
    holder.exec('BEGIN IMMEDIATE')
    expect(() => ledger.compareAndSwap('k', swap)).toThrow('database is locked')
    expect(() => ledger.transaction(() => 1)).toThrow('database is locked')
    holder.exec('COMMIT')
    expect(ledger.transaction(() => 'committed')).toBe('committed')
    expect(ledger.get('k')).toEqual(unseen())
    expect(ledger.compareAndSwap('k', swap).swapped).toBe(true)
    expect(sqliteLedger(holder).get('k').claim?.token).toBe('t1')
  })
})
