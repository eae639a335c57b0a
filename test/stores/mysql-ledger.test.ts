import { createPool as createCallbackPool } from 'mysql2'
import { expect, it } from 'vitest'
import { claim, expire, move, presumed, settle, swapFrom, swapTo } from '../../src/core/machine.js'
import { unseen, type LedgerRecord } from '../../src/core/record.js'
import { mysqlLedger } from '../../src/stores/mysql.js'
import { coded, database, onEachWay, rows, tableName } from './mysql-support.js'

const swapOf = (from: LedgerRecord, to: LedgerRecord) => ({ from: swapFrom(from), to: swapTo(from, to) })
const claimed = (from: LedgerRecord, token: string, lease = 30_000) => claim(from, token, lease)!
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
  'a\ud800',
  'a\udfff',
  'a\ufffd',
  'a\ufffdd800',
  'é',
  'e\u0301',
  '😀',
  `'; DROP TABLE if_match_ledger; --`,
  `\\'; DROP TABLE if_match_ledger; --`,
  '\\',
  '"',
  '`',
  ':key ? ??',
  '%',
  '042',
  '42',
  '__proto__',
  'x'.repeat(700),
  'x'.repeat(701),
  `${'x'.repeat(701)}y`,
  '鍵'.repeat(300),
  'x'.repeat(100_000),
]

onEachWay('mysqlLedger', (way) => {
  const server = database()
  const setUp = (options: Parameters<typeof server.pool>[1] = {}) => {
    const pool = server.pool(way, options)
    const table = tableName()
    return { pool, table, ledger: mysqlLedger(pool, { table }) }
  }

  it('goes through claim, settle, the next claim and its expiry; members left out stay', async () => {
    const { ledger } = setUp()
    expect(await ledger.get('k')).toEqual(unseen())
    const first = (await ledger.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 't1')))).record
    expect(first).toEqual({
      ...claimed(unseen(), 't1'),
      claim: { token: 't1', beat: 0, lease: 30_000, doubtful: false, remaining: expect.any(Number) },
    })
    const settled = await ledger.compareAndSwap('k', swapOf(first, written(first, 't1')))
    expect(settled.record).toEqual({ count: 1, existence: 'present', fence: 1, claim: null, settled: 't1' })
    // a claim that did not read knows neither existence nor fence nor who settled
    const second = (await ledger.compareAndSwap('k', swapOf(presumed(1), claimed(presumed(1), 't2')))).record
    expect(second).toMatchObject({ count: 1, existence: 'present', fence: 2, settled: 't1' })
    const moved = (await ledger.compareAndSwap('k', swapOf(second, move(second)))).record
    expect(moved).toMatchObject({ count: 2, existence: 'unknown', settled: null, claim: { doubtful: true } })
    expect(moved.claim?.remaining).toBeLessThanOrEqual(second.claim?.remaining ?? 0)
    const expired = await ledger.compareAndSwap('k', swapOf(moved, expire(moved)))
    expect(expired.record).toEqual({ count: 3, existence: 'unknown', fence: 2, claim: null, settled: null })
    expect(await ledger.get('k')).toEqual(expired.record)
  })

  it('takes a swap that changes nothing for made, whatever the client counts as affected', async () => {
    for (const flags of [[], ['-FOUND_ROWS']]) {
      const { ledger } = setUp({ flags })
      const { record } = await ledger.compareAndSwap('k', swapOf(unseen(), { ...unseen(), count: 3 }))
      expect(await ledger.compareAndSwap('k', swapOf(record, record))).toEqual({ swapped: true, record })
      const other = { ...record, count: 4 }
      expect(await ledger.compareAndSwap('k', swapOf(other, other))).toEqual({ swapped: false, record })
    }
  })

  it('keeps nothing of a swap that was refused, not even the key', async () => {
    const { ledger, pool, table } = setUp()
    for (const from of [
      { count: 1, token: null, beat: 0 },
      { count: 0, token: 't', beat: 0 },
      { count: 0, token: null, beat: 1 },
    ]) {
      const to = swapTo(unseen(), claimed(unseen(), 't1'))
      expect(await ledger.compareAndSwap('k', { from, to })).toEqual({ swapped: false, record: unseen() })
    }
    expect(await rows(pool, `SELECT * FROM ${table}`)).toEqual([])
  })

  it('keeps keys apart, whatever is in them and whatever sql_mode says', async () => {
    for (const mode of ['NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,ORACLE', '']) {
      const { pool, ledger } = setUp({ connectionLimit: 1 })
      await pool.query(`SET SESSION sql_mode = '${mode}'`)
      for (const [index, key] of HOSTILE.entries()) {
        expect(await ledger.get(key), JSON.stringify(key).slice(0, 40)).toEqual(unseen())
        const to = { ...claimed(unseen(), 't'), count: index + 1, settled: `'"\\${index}` }
        expect(await ledger.compareAndSwap(key, swapOf(unseen(), to))).toMatchObject({ swapped: true })
      }
      const all = await ledger.getMany(HOSTILE)
      expect(all.map(({ count }) => count)).toEqual(HOSTILE.map((_, index) => index + 1))
      expect(all.map(({ settled }) => settled)).toEqual(HOSTILE.map((_, index) => `'"\\${index}`))
    }
  })

  it('tells tokens apart octet by octet', async () => {
    const { ledger } = setUp()
    const { record } = await ledger.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 'Token')))
    for (const token of ['token', 'Token ', 'Tokén', '']) {
      const { swapped } = await ledger.compareAndSwap('k', {
        from: { count: 0, token, beat: 0 },
        to: swapTo(record, expire(record)),
      })
      expect(swapped, token).toBe(false)
    }
  })

  it('reads thousands of keys at once, in their order, twice if asked twice', async () => {
    const { ledger } = setUp()
    await ledger.transaction(async (steps) => {
      for (const index of [0, 7, 9_999]) {
        await steps.compareAndSwap(`k/${index}`, swapOf(unseen(), { ...unseen(), count: index + 1 }))
      }
    })
    const counts = (await ledger.getMany(Array.from({ length: 10_000 }, (_, n) => `k/${n}`))).map(
      ({ count }) => count,
    )
    expect(counts.flatMap((count, index) => (count > 0 ? [[index, count]] : []))).toEqual([
      [0, 1],
      [7, 8],
      [9_999, 10_000],
    ])
    expect(await ledger.getMany([])).toEqual([])
    expect((await ledger.getMany(['k/7', 'none', 'k/7'])).map(({ count }) => count)).toEqual([8, 0, 8])
  })

  it.each([
    ['texts for numbers', { supportBigNumbers: true, bigNumberStrings: true, decimalNumbers: true }],
    ['arrays for rows', { rowsAsArray: true }],
    ['rows within rows', { nestTables: '_' as const }],
    ['its own reading of values', { typeCast: () => 'nonsense' }],
    ['no reading of values', { typeCast: false }],
    ['dates as texts, in another zone', { dateStrings: true, timezone: '+09:30' }],
    ['named placeholders', { namedPlaceholders: true }],
    ['another character set', { charset: 'latin1' }],
  ])('works on a client that is set to %s', async (_, options) => {
    const { ledger } = setUp(options)
    const { record } = await ledger.compareAndSwap('k:é', swapOf(unseen(), claimed(unseen(), 't1')))
    expect(record.claim?.remaining).toBeGreaterThan(20_000)
    const settled = (await ledger.compareAndSwap('k:é', swapOf(record, written(record, 't1')))).record
    expect(await ledger.get('k:é')).toEqual(settled)
    expect(await ledger.getMany(['k:é'])).toEqual([settled])
  })

  it('works on a connection of its own, which takes part in no transaction', async () => {
    const connection = await server.connection(way)
    const ledger = mysqlLedger(connection, { table: tableName() })
    const { record } = await ledger.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 't1')))
    expect((await ledger.compareAndSwap('k', swapOf(record, written(record, 't1')))).swapped).toBe(true)
    expect(await ledger.get('k')).toMatchObject({ count: 1, settled: 't1' })
    await expect(ledger.transaction(() => 1)).rejects.toEqual(coded('ERR_WRITE_UNSUPPORTED', 'Pool'))
    expect(ledger.promises).toMatchObject({ durable: 'yes', clock: 'store', transaction: false })
    expect(setUp().ledger.promises?.transaction).toBe(true)
  })

  it('is not taken in by a transaction that is open on a connection that it shares', async () => {
    const connection = await server.connection(way)
    const table = tableName()
    const ledger = mysqlLedger(connection, { table })
    expect(await ledger.get('k')).toEqual(unseen())
    await connection.beginTransaction()
    await connection.query(
      `INSERT INTO ${table} (\`key\`, count, existence, fence, beat, lease, doubtful) VALUES ('mine', 7, 'present', 0, 0, 0, 0)`,
    )
    await expect(ledger.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 't1')))).rejects.toEqual(
      coded('ERR_TRANSACTION_ASYNC', 'Hand over a Pool'),
    )
    if (way === 'MariaDB') await expect(ledger.get('k')).rejects.toEqual(coded('ERR_TRANSACTION_ASYNC'))
    await connection.rollback()
    // it was neither committed by us nor changed
    expect(await ledger.getMany(['mine', 'k'])).toEqual([unseen(), unseen()])
  })

  it('takes the clients of the callback interface', async () => {
    const pool = createCallbackPool({ uri: server.uri(), connectionLimit: 2 })
    try {
      const ledger = mysqlLedger(pool, { table: tableName() })
      const answer = await ledger.transaction(async (steps, client) => {
        await client.query('SELECT 1')
        return steps.compareAndSwap('k', swapOf(unseen(), claimed(unseen(), 't1')))
      })
      expect(answer.swapped).toBe(true)
      expect((await ledger.get('k')).claim?.token).toBe('t1')
    } finally {
      await pool.promise().end()
    }
  })
})
