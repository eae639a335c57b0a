import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { expect, it, onTestFinished, vi } from 'vitest'
import { claim, move, presumed, renew, settle, swapFrom, swapTo } from '../../src/core/machine.js'
import { unseen, type LedgerRecord } from '../../src/core/record.js'
import { postgresLedger } from '../../src/stores/postgres.js'
import { postgres } from '../support/servers.js'
import { postgresDatabase } from './postgres-database.js'

const swapOf = (from: LedgerRecord, to: LedgerRecord) => ({ from: swapFrom(from), to: swapTo(from, to) })
const claimed = (from: LedgerRecord, token: string, lease = 30_000) => claim(from, token, lease)!
const written = (record: LedgerRecord, token: string) =>
  settle(record, token, { kind: 'written', existence: 'present' }).record
const random = (bytes: number) => randomBytes(bytes).toString('base64')

/** Keys that PostgreSQL cannot store, may confuse, or cannot index. */
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
  `articles"; DROP TABLE if_match_ledger; --`,
  `'; DROP TABLE if_match_ledger; --`,
  '{"a","b"}',
  'NULL',
  '\\',
  '042',
  '42',
  '__proto__',
  // beyond what a b-tree has room for, and not to be compressed
  random(6000),
  random(6000),
  'x'.repeat(100_000),
  'x'.repeat(100_001),
  `${'😀'.repeat(400)}a`,
  `${'😀'.repeat(400)}b`,
  `a${'😀'.repeat(400)}`,
  '\0'.repeat(2000),
  '\0'.repeat(2001),
]

postgres.describe('postgresLedger', () => {
  const db = postgresDatabase()
  const ledger = postgresLedger(db.pool())

  it('keeps keys apart, whatever is in them', async () => {
    for (const [index, key] of HOSTILE.entries()) {
      expect(await ledger.get(key), JSON.stringify(key).slice(0, 40)).toEqual(unseen())
      const { swapped } = await ledger.compareAndSwap(
        key,
        swapOf(unseen(), { ...unseen(), count: index + 1 }),
      )
      expect(swapped).toBe(true)
    }
    const counts = HOSTILE.map((_, index) => index + 1)
    expect((await ledger.getMany(HOSTILE)).map(({ count }) => count)).toEqual(counts)
    for (const [index, key] of HOSTILE.entries()) expect((await ledger.get(key)).count).toBe(index + 1)
  })

  it('stores a key as it is, as far as it can', async () => {
    const long = `reports/${'ä'.repeat(1000)}`
    for (const key of ['articles/1', `it's "one"`, long]) {
      await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 't')))
    }
    const keys = (await db.sql('SELECT key FROM if_match_ledger')).map(({ key }) => key)
    expect(keys).toEqual(expect.arrayContaining(['articles/1', `it's "one"`]))
    expect(keys).toContainEqual(expect.stringMatching(/^reports\/ä+\ufffd#[0-9a-f]{64}$/))
  })

  it('reads thousands of keys at once, in their order, twice if asked twice', async () => {
    const many = postgresLedger(db.pool(), { table: 'many' })
    const keys = Array.from({ length: 40_000 }, (_, index) => `k/${index}`)
    await many.get('k')
    await db.sql(`INSERT INTO many (key, count, existence, fence, beat, lease, doubtful)
      SELECT 'k/' || n, n + 1, 'unknown', 0, 0, 0, false FROM generate_series(0, 39999, 7) AS n`)
    const expected = keys.map((_, index) => (index % 7 === 0 ? index + 1 : 0))
    expect((await many.getMany(keys)).map(({ count }) => count)).toEqual(expected)
    expect((await many.getMany(['k/7', 'none', 'k/7'])).map(({ count }) => count)).toEqual([8, 0, 8])
  })

  it('needs one statement for a read, a claim, a settle, and a list', async () => {
    const { pool, statements } = db.counted()
    const counted = postgresLedger(pool)
    await counted.get('set up')
    const trips = async <T>(step: () => Promise<T>): Promise<[number, T]> => {
      const before = statements.length
      const answer = await step()
      return [statements.length - before, answer]
    }
    expect(await trips(() => counted.get('trips'))).toEqual([1, unseen()])
    // a claim of a key that nobody has seen
    const [first, { record: held }] = await trips(() =>
      counted.compareAndSwap('trips', swapOf(presumed(0), claimed(presumed(0), 'a'))),
    )
    const [second, { record: done }] = await trips(() =>
      counted.compareAndSwap('trips', swapOf(held, written(held, 'a'))),
    )
    const [third, { swapped }] = await trips(() =>
      counted.compareAndSwap('trips', swapOf(presumed(1), claimed(presumed(1), 'b'))),
    )
    expect([first, second, third, done.count, swapped]).toEqual([1, 1, 1, 1, true])
    expect((await trips(() => counted.getMany(['trips', 'b', 'c'])))[0]).toBe(1)
    expect(await trips(() => counted.getMany([]))).toEqual([0, []])
    // the loser alone pays for the look at who won
    const [lost, refused] = await trips(() =>
      counted.compareAndSwap('trips', swapOf(presumed(1), claimed(presumed(1), 'c'))),
    )
    expect([lost, refused.swapped, refused.record.claim?.token]).toEqual([2, false, 'b'])

    const inside = () =>
      counted.transaction(async (steps) => {
        const record = await steps.get('inside')
        await steps.compareAndSwap('inside', swapOf(record, { ...record, count: record.count + 1 }))
      })
    const sent = () => statements.slice(-4).map((text) => /^\w+( \w+;)?/.exec(text)?.[0])
    // what nobody has seen is made first, to be locked
    expect((await trips(inside))[0]).toBe(5)
    expect(sent()).toEqual(['SELECT', 'INSERT', 'INSERT', 'SAVEPOINT if_match_end;'])
    expect((await trips(inside))[0]).toBe(4)
    expect(sent()).toEqual(['BEGIN', 'SELECT', 'UPDATE', 'SAVEPOINT if_match_end;'])
  })

  it('lets only claims and renewals begin a new lease', async () => {
    const key = 'lease'
    const expires = async () => (await db.sql(`SELECT expires FROM if_match_ledger WHERE key = 'lease'`))[0]
    const step = async (from: LedgerRecord, to: LedgerRecord) =>
      (await ledger.compareAndSwap(key, swapOf(from, to))).record
    const held = await step(unseen(), claimed(unseen(), 't', 60_000))
    expect(held.claim?.remaining).toBeGreaterThan(50_000)
    const first = await expires()
    const moved = await step(held, move(held))
    expect(await expires()).toEqual(first)
    const renewed = await step(moved, renew(moved, 't')!)
    expect(await expires()).not.toEqual(first)
    expect(renewed.claim).toMatchObject({ beat: 1, doubtful: true })
    await step(renewed, { ...renewed, claim: null })
    expect(await expires()).toEqual({ expires: null })
  })

  it('ends a claim by the clock of the server, whenever its transaction began', async () => {
    await ledger.transaction(async (steps, client) => {
      const { rows } = await client.query('SELECT pg_sleep(0.05), clock_timestamp() AS begun')
      await steps.compareAndSwap('slept', swapOf(unseen(), claimed(unseen(), 't', 60_000)))
      const { claim: first } = await steps.get('slept')
      await client.query('SELECT pg_sleep(0.05)')
      const { claim: second } = await steps.get('slept')
      // now() is when the transaction began: it would take off what was slept before, and nothing afterwards
      expect(second!.remaining).toBeLessThan(first!.remaining!)
      const whole = `SELECT expires >= $1::timestamptz + interval '60 s' AS whole FROM if_match_ledger WHERE key = 'slept'`
      expect((await client.query(whole, [rows[0].begun])).rows).toEqual([{ whole: true }])
    })
  })

  it('never asks a process for the time: two of them are 5 minutes apart', async () => {
    const real = Date.now()
    onTestFinished(() => void vi.useRealTimers())
    vi.useFakeTimers({ toFake: ['Date'] })
    const at = <T>(ms: number, work: () => Promise<T>): Promise<T> => {
      vi.setSystemTime(real + ms)
      return work()
    }
    const [ahead, behind] = [postgresLedger(db.pool()), postgresLedger(db.pool())]
    const { record } = await at(150_000, () =>
      ahead.compareAndSwap('skew', swapOf(unseen(), claimed(unseen(), 't', 1000))),
    )
    const seen = await at(-150_000, () => behind.get('skew'))
    expect(record.claim!.remaining).toBeLessThanOrEqual(1000)
    expect(seen.claim!.remaining).toBeLessThanOrEqual(record.claim!.remaining!)
    await db.sql(`UPDATE if_match_ledger SET expires = clock_timestamp() WHERE key = 'skew'`)
    for (const ms of [300_000, -300_000])
      expect((await at(ms, () => ahead.get('skew'))).claim!.remaining).toBeLessThanOrEqual(0)
  })

  it('reads what an application made of its drivers integers and times', async () => {
    const own = new Map<number, unknown>([
      [pg.types.builtins.INT8, BigInt],
      [pg.types.builtins.TIMESTAMPTZ, String],
    ])
    const getTypeParser = (oid: never): unknown => own.get(oid) ?? pg.types.getTypeParser(oid, 'text')
    const other = postgresLedger(db.pool({ types: { getTypeParser: getTypeParser as never } }))
    const { record } = await other.compareAndSwap('types', swapOf(unseen(), claimed(unseen(), 't')))
    expect(record).toMatchObject({ count: 0, fence: 1, claim: { beat: 0, lease: 30_000 } })
    const settled = await other.compareAndSwap('types', swapOf(record, written(record, 't')))
    expect(settled).toMatchObject({ swapped: true, record: { count: 1, claim: null } })
  })

  it('has one winner, too, where the database makes every transaction serializable', async () => {
    const options = `-c search_path=${db.schema} -c default_transaction_isolation=serializable`
    const ledgers = [1, 2, 3].map(() => postgresLedger(db.pool({ options })))
    for (let count = 0; count < 20; count++) {
      const from = presumed(count)
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          ledgers[n % 3]!.compareAndSwap('serial', swapOf(from, { ...from, count: count + 1 })),
        ),
      )
      expect(results.filter(({ swapped }) => swapped)).toHaveLength(1)
      for (const { record } of results) expect(record.count).toBe(count + 1)
    }
  })

  it('says what it promises, by its client', async () => {
    expect(ledger.promises).toMatchObject({ durable: 'yes', clock: 'store', transaction: true })
    const single = postgresLedger(await db.client(), { epoch: 'b2' })
    expect(single.promises).toMatchObject({ clock: 'store', transaction: false })
    expect([ledger.epoch, single.epoch, ledger.name]).toEqual(['', 'b2', 'postgres'])
    const { swapped } = await single.compareAndSwap('single', swapOf(unseen(), claimed(unseen(), 't')))
    expect([swapped, (await ledger.get('single')).claim?.token]).toEqual([true, 't'])
  })
})
