import type { Pool, PoolOptions } from 'mysql2/promise'
import { expect, it } from 'vitest'
import { mysqlTable, type MysqlTableOptions } from '../../src/stores/mysql.js'
import { mysql } from '../support/servers.js'
import {
  coded,
  database,
  NO_MATTER,
  noneOf,
  oneOf,
  onEachWay,
  rows,
  tableName,
  through,
} from './mysql-support.js'

interface Row {
  id: number
  note: string | null
  version: unknown
}
type Type = NonNullable<MysqlTableOptions<Row>['versionType']>

async function tableOf(pool: Pool, type: string, versionType: Type, version: string) {
  const name = tableName()
  await pool.query(`CREATE TABLE ${name} (id INT PRIMARY KEY, note TEXT, version ${type} NOT NULL)`)
  await pool.query(`INSERT INTO ${name} (id, version) VALUES (1, ${version})`)
  return { name, table: mysqlTable<Row>(pool, { name, versionType, columns: ['note'] }) }
}

const dates = (date: number) => ({ kind: 'unmodified-since', date, source: 'if-unmodified-since' }) as const

/** What applications set their clients and sessions to; none of it may change a version. */
const SETTINGS: readonly (readonly [string, PoolOptions, string])[] = [
  ['nothing', {}, ''],
  ['dates in another zone', { timezone: '+09:30' }, "SET time_zone = '-03:30'"],
  ['dates as texts', { dateStrings: true }, "SET time_zone = '+13:00'"],
  ['numbers as texts', { supportBigNumbers: true, bigNumberStrings: true, decimalNumbers: true }, ''],
  ['arrays for rows', { rowsAsArray: true, nestTables: true }, ''],
  ['no reading of values', { typeCast: false }, ''],
  ['ANSI', {}, "SET SESSION sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE'"],
]

const VERSIONS: readonly (readonly [string, Type, string, string, RegExp])[] = [
  ['BIGINT', 'bigint', '9007199254740993', '9007199254740993', /^9007199254740994$/],
  ['BIGINT UNSIGNED', 'integer', '7', '7', /^8$/],
  ['BIGINT ZEROFILL', 'integer', '9007199254740993', '9007199254740993', /^9007199254740994$/],
  [
    'CHAR(36)',
    'uuid',
    "'0190A6E0-7c5a-7000-8000-0123456789AB'",
    '0190a6e0-7c5a-7000-8000-0123456789ab',
    /-4[0-9a-f]{3}-/,
  ],
  [
    'VARCHAR(40) COLLATE utf8mb4_bin',
    'uuid',
    "'0190A6E0-7c5a-7000-8000-0123456789AB'",
    '0190a6e0-7c5a-7000-8000-0123456789ab',
    /-4[0-9a-f]{3}-/,
  ],
  [
    'BINARY(16)',
    'uuid',
    "x'0190A6E07c5a700080000123456789AB'",
    '0190a6e0-7c5a-7000-8000-0123456789ab',
    /-4[0-9a-f]{3}-/,
  ],
  [
    'UUID',
    'uuid',
    "'0190A6E0-7c5a-7000-8000-0123456789AB'",
    '0190a6e0-7c5a-7000-8000-0123456789ab',
    /-4[0-9a-f]{3}-/,
  ],
  ['DATETIME', { timestamp: 0 }, "'2026-01-31 12:00:00'", '2026-01-31T12:00:00.000Z', /:\d\d\.000Z$/],
  ['DATETIME(3)', { timestamp: 3 }, "'2026-01-31 12:00:00.123'", '2026-01-31T12:00:00.123Z', /\.\d{3}Z$/],
  [
    'DATETIME(6)',
    { timestamp: 6 },
    "'2026-01-31 12:00:00.123456'",
    '2026-01-31T12:00:00.123456Z',
    /\.\d{6}Z$/,
  ],
  ['TIMESTAMP', { timestamp: 0 }, 'FROM_UNIXTIME(1769860800)', '2026-01-31T12:00:00.000Z', /:\d\d\.000Z$/],
  ['TIMESTAMP(3)', { timestamp: 3 }, 'FROM_UNIXTIME(1769860800.12)', '2026-01-31T12:00:00.120Z', /\.\d{3}Z$/],
  [
    'TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)',
    { timestamp: 6 },
    'FROM_UNIXTIME(1769860800.123456)',
    '2026-01-31T12:00:00.123456Z',
    /\.\d{6}Z$/,
  ],
]

onEachWay('a version of a mysqlTable', (way) => {
  const server = database()

  it.each(VERSIONS)(
    'in %s (%j) is one text, whatever the client and the session are set to',
    async (type, versionType, literal, version, next) => {
      for (const [setting, options, session] of way === 'MariaDB' ? SETTINGS : SETTINGS.slice(0, 2)) {
        const pool = server.pool(way, { connectionLimit: 2, ...options })
        if (session !== '') pool.on('connection', (connection) => void connection.query(session))
        const { table, name } = await tableOf(pool, type, versionType, literal)
        const found = (await table.find({ id: 1 }))!
        expect(table.versionOf(found), setting).toBe(version)
        // as a client gets it, and sends it back in a body
        expect(String((JSON.parse(JSON.stringify(found)) as Row).version), setting).toBe(version)
        expect(await table.update({ id: 1 }, noneOf(version), {}), setting).toBeUndefined()
        const other = version.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10))
        if (table.isVersion(other))
          expect(await table.update({ id: 1 }, oneOf(other), {}), setting).toBeUndefined()
        const row = (await table.update({ id: 1 }, oneOf(version), { note: 'x' }))!
        expect(table.versionOf(row), setting).toMatch(next)
        expect(table.isVersion(table.versionOf(row)), setting).toBe(true)
        expect(await table.find({ id: 1 }), setting).toEqual(row)
        expect(await table.update({ id: 1 }, oneOf(version), {}), setting).toBeUndefined()
        expect(await table.delete({ id: 1 }, oneOf(table.versionOf(row), version)), setting).toEqual(row)
        await pool.query(`DROP TABLE ${name}`)
        await pool.end()
      }
    },
  )

  it.each([
    ['DATETIME', 0],
    ['DATETIME(3)', 3],
    ['DATETIME(6)', 6],
    ['TIMESTAMP(6)', 6],
  ] as const)('in %s grows with each write, also where the clock is behind', async (type, digits) => {
    const pool = server.pool(way, { connectionLimit: 2 })
    const { table } = await tableOf(pool, type, { timestamp: digits }, "'2037-01-01 00:00:00'")
    let last = table.versionOf((await table.find({ id: 1 }))!)
    for (let write = 0; write < 5; write++) {
      const version = table.versionOf((await table.update({ id: 1 }, oneOf(last), {}))!)
      expect(version > last, `${version} after ${last}`).toBe(true)
      last = version
    }
    const step = digits === 0 ? '05.000Z' : digits === 3 ? '00.005Z' : '00.000005Z'
    expect(last).toBe(`2037-01-01T00:00:${step}`)
  })

  it.each(['DATETIME(6)', 'TIMESTAMP(6)'])(
    'in %s comes from the clock of the server, in UTC',
    async (type) => {
      const pool = server.pool(way, { connectionLimit: 2 })
      pool.on('connection', (connection) => void connection.query("SET time_zone = '+13:00'"))
      const { table } = await tableOf(pool, type, { timestamp: 6 }, "'2001-01-01'")
      const now = async () => {
        const [row] = await rows(pool, "SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ') AS now")
        return row?.now as string
      }
      const before = await now()
      const made = table.versionOf((await table.insert({ id: 2 }, {}))!)
      const moved = table.versionOf((await table.update({ id: 1 }, NO_MATTER, {}))!)
      expect([before, made, moved, await now()].toSorted()).toEqual([before, made, moved, expect.any(String)])
      expect(moved <= (await now())).toBe(true)
    },
  )

  it('that is a moment answers If-Unmodified-Since, in whole seconds', async () => {
    const moment = Date.UTC(2026, 0, 31, 12)
    for (const [type, literal] of [
      ['DATETIME(3)', "'2026-01-31 12:00:00.999'"],
      ['TIMESTAMP(3)', 'FROM_UNIXTIME(1769860800.999)'],
    ] as const) {
      const pool = server.pool(way, { connectionLimit: 2 })
      pool.on('connection', (connection) => void connection.query("SET time_zone = '+05:30'"))
      const { table } = await tableOf(pool, type, { timestamp: 3 }, literal)
      expect(await table.delete({ id: 1 }, dates(moment - 1000))).toBeUndefined()
      // as early and as late as a date of HTTP can be
      expect(await table.delete({ id: 1 }, dates(Date.UTC(0, 0) - 62_000_000_000_000))).toBeUndefined()
      expect(await table.update({ id: 1 }, dates(moment), {})).toBeDefined()
      expect(await table.delete({ id: 1 }, dates(moment))).toBeUndefined()
      expect(await table.delete({ id: 1 }, dates(Date.UTC(9999, 11, 31, 23, 59, 59)))).toBeDefined()
    }
  })

  it('that no row can have matches nothing, and is no error', async () => {
    const pool = server.pool(way, { connectionLimit: 2 })
    for (const [type, versionType, literal] of VERSIONS) {
      const { table } = await tableOf(pool, type, versionType, literal)
      for (const text of [
        '0',
        '18446744073709551615',
        '0000-01-01T00:00:00.000Z',
        '0999-12-31T23:59:59.000Z',
        '9999-12-31T23:59:59.000Z',
        '1000-01-01T00:00:00.000000Z',
        'ffffffff-ffff-ffff-ffff-ffffffffffff',
        "' OR 1=1",
        '',
      ])
        expect(await table.update({ id: 1 }, oneOf(text), {}), `${text} in ${type}`).toBeUndefined()
      expect(await table.update({ id: 1 }, noneOf('0000-01-01T00:00:00.000Z'), {}), type).toBeDefined()
    }
  })
})

mysql.describe('the version column of a mysqlTable', () => {
  const server = database()

  it('gives what the application read by itself the same version, where that is whole', async () => {
    const pool = server.pool('MariaDB', { timezone: 'Z' })
    const { table, name } = await tableOf(pool, 'DATETIME(3)', { timestamp: 3 }, "'2026-01-31 12:00:00.123'")
    const [own] = await rows(pool, `SELECT * FROM ${name}`)
    expect(table.versionOf(own as Row)).toBe('2026-01-31T12:00:00.123Z')
    expect((await table.find({ id: 1 }))?.version).toEqual(new Date('2026-01-31T12:00:00.123Z'))
    const big = await tableOf(pool, 'BIGINT', 'bigint', '9007199254740993')
    const [rounded] = await rows(pool, `SELECT * FROM ${big.name}`)
    expect(() => big.table.versionOf(rounded as Row)).toThrow(coded('ERR_VERSION_INVALID', '2^53'))
  })

  it('may be no TIMESTAMP where the session has an hour that comes twice', async () => {
    const pool = server.pool()
    const told = (offsets: number) =>
      through(pool, (sql, send) =>
        sql.includes('AS offsets') ? Promise.resolve([[{ offsets }], []]) : send(),
      )
    const { name } = await tableOf(pool, 'TIMESTAMP(6)', { timestamp: 6 }, 'NOW(6)')
    const options = { name, versionType: { timestamp: 6 }, columns: ['note'] } as const
    await expect(mysqlTable<Row>(told(2), options).find({ id: 1 })).rejects.toEqual(
      coded('ERR_STORE_SCHEMA', 'DATETIME'),
    )
    expect(await mysqlTable<Row>(told(1), options).find({ id: 1 })).toBeDefined()
    // in the zone of this very session
    expect(await mysqlTable<Row>(pool, options).update({ id: 1 }, NO_MATTER, {})).toBeDefined()
  })
})
