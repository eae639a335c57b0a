import type { Pool, PoolOptions } from 'mysql2/promise'
import { expect, it } from 'vitest'
import { mysqlTable } from '../../src/stores/mysql.js'
import { coded, database, NO_MATTER, onEachWay, rows, tableName } from './mysql-support.js'

type Row = Record<string, unknown>

const HOSTILE = [
  `'; DROP TABLE victim; --`,
  `\\'; DROP TABLE victim; --`,
  `\\`,
  `\\\\' OR 1=1 -- `,
  `" OR ""="`,
  '`',
  '? ?? :id @id ${id}',
  'a\0b',
  'END; COMMIT; DROP TABLE victim; BEGIN NOT ATOMIC SELECT 1; END',
  '\u{1f511} 鍵 \u202e',
  '',
  'x'.repeat(300_000),
]

onEachWay('a value that a mysqlTable writes', (way) => {
  const server = database()

  async function setUp(type: string, options: PoolOptions = {}, mode?: string) {
    const pool: Pool = server.pool(way, { connectionLimit: 2, ...options })
    if (mode !== undefined)
      pool.on('connection', (connection) => void connection.query(`SET SESSION sql_mode = '${mode}'`))
    const name = tableName()
    await pool.query(
      `CREATE TABLE ${name} (id VARCHAR(400) PRIMARY KEY, v ${type}, version BIGINT NOT NULL) CHARACTER SET utf8mb4`,
    )
    await pool.query(`INSERT INTO ${name} VALUES ('1', NULL, 5)`)
    return { pool, name, table: mysqlTable<Row>(pool, { name, id: 'id', columns: ['v'] }) }
  }

  it.each([
    ['strict', undefined],
    ['without backslashes', 'NO_BACKSLASH_ESCAPES'],
    ['ANSI without backslashes', 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'],
    ['as on Oracle', 'ORACLE'],
  ])('is data, whatever is in it: %s', async (_, mode) => {
    const { pool, table } = await setUp('LONGTEXT', {}, mode)
    await pool.query('CREATE TABLE IF NOT EXISTS victim (a INT)')
    for (const value of HOSTILE) {
      expect((await table.update({ id: '1' }, NO_MATTER, { v: value }))?.v).toBe(value)
      const id = value.slice(0, 300)
      expect(await table.find({ id })).toBeUndefined()
      expect(await table.insert({ id }, { v: value })).toMatchObject({ id, v: value })
      expect(await table.delete({ id }, NO_MATTER)).toMatchObject({ id, v: value })
    }
    expect(await rows(pool, 'SELECT * FROM victim')).toEqual([])
  })

  it.each([
    ['true', 'TINYINT', true, 1],
    ['false', 'TINYINT', false, 0],
    ['null', 'TEXT', null, null],
    ['a whole number', 'INT', -7, -7],
    ['a fraction', 'DOUBLE', 1.5e-7, 1.5e-7],
    ['a large number', 'DOUBLE', 1e21, 1e21],
    ['minus zero', 'INT', -0, 0],
    ['a fraction of ten', 'DECIMAL(6,2)', 0.1, '0.10'],
    ['a bigint', 'BIGINT', -9007199254740991n, -9007199254740991],
    ['a number for a text', 'TEXT', 42, '42'],
    ['an object, for JSON', 'JSON', { a: ['\\', `'`] }, { a: ['\\', `'`] }],
    ['a text, for JSON', 'JSON', '{"a":1}', '{"a":1}'],
    ['a number, for JSON', 'JSON', 7, 7],
    ['bytes', 'BLOB', new Uint8Array([9, 0, 39, 92, 9]).subarray(1, 4), Buffer.from([0, 39, 92])],
    ['bytes of a Buffer', 'BLOB', Buffer.from('a\0b'), Buffer.from('a\0b')],
  ])('may be %s', async (_, type, value, stored) => {
    const { table } = await setUp(type)
    expect((await table.update({ id: '1' }, NO_MATTER, { v: value }))?.v).toEqual(stored)
  })

  it.each([['local'], ['Z'], ['+09:30']])(
    'may be a Date, which comes back as it went in, under the timezone %s',
    async (timezone) => {
      const { pool, table, name } = await setUp('DATETIME(3)', { timezone })
      const date = new Date('2026-07-31T23:59:59.123Z')
      expect((await table.update({ id: '1' }, NO_MATTER, { v: date }))?.v).toEqual(date)
      // and as mysql2 itself would have written it
      const [same] = await rows(pool, `SELECT v = ${pool.escape(date)} AS same FROM ${name}`)
      expect(same).toEqual({ same: 1 })
    },
  )

  it.each([
    ['an object', { $gt: '' }],
    ['an object that would be a piece of SQL', { toSqlString: () => '1; DROP TABLE victim' }],
    ['an array', ['x']],
    ['a list of columns', { v: 'x', version: 1 }],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['an invalid date', new Date(Number.NaN)],
    ['a date of the year 10000', new Date(Date.UTC(10_000, 0))],
    ['a symbol', Symbol('x')],
    ['a function', () => 1],
    ['too big a bigint', 2n ** 64n],
    ['too small a bigint', -(2n ** 63n) - 1n],
  ])('is never %s', async (_, value) => {
    const { table } = await setUp('TEXT')
    await expect(table.update({ id: '1' }, NO_MATTER, { v: value })).rejects.toEqual(
      coded('ERR_WRITE_UNSUPPORTED', '"v"'),
    )
    await expect(table.insert({ id: '2' }, { v: value })).rejects.toEqual(
      coded('ERR_WRITE_UNSUPPORTED', '"v"'),
    )
    expect(await table.find({ id: '1' })).toMatchObject({ v: null, version: 5 })
  })

  it('may be a text of JSON, where the client is set to texts of JSON', async () => {
    const { table } = await setUp('JSON', { jsonStrings: true })
    expect((await table.update({ id: '1' }, NO_MATTER, { v: '{"a":1}' }))?.v).toBe('{"a":1}')
    await expect(table.update({ id: '1' }, NO_MATTER, { v: { a: 1 } })).rejects.toEqual(
      coded('ERR_WRITE_UNSUPPORTED'),
    )
  })

  it('is nothing that JSON cannot say, where its column is JSON', async () => {
    const { table } = await setUp('JSON')
    const circle: Row = {}
    circle.itself = circle
    for (const value of [{ big: 1n }, 1n, circle, () => 1])
      await expect(table.update({ id: '1' }, NO_MATTER, { v: value })).rejects.toEqual(
        coded('ERR_WRITE_UNSUPPORTED', '"v"'),
      )
  })

  it('that its column refuses is the error of the server, and nothing is written', async () => {
    const { table, pool, name } = await setUp('TINYINT')
    await expect(table.update({ id: '1' }, NO_MATTER, { v: 1000 })).rejects.toMatchObject({ errno: 1264 })
    await expect(table.insert({ id: '2' }, { v: 'x' })).rejects.toMatchObject({ errno: 1366 })
    expect(await rows(pool, `SELECT id, v, version FROM ${name}`)).toEqual([{ id: '1', v: null, version: 5 }])
    expect(await table.update({ id: '1' }, NO_MATTER, { v: 1 })).toMatchObject({ v: 1, version: 6 })
  })
})
