import { expect, it } from 'vitest'
import { sqliteTable, type SqliteTableOptions } from '../../src/stores/sqlite.js'
import type { OpenDatabase } from './sqlite-drivers-open.js'
import { NO_MATTER, articles, coded, noneOf, oneOf, type Article } from './sqlite-articles.js'
import { onEachDriver, tidyUp } from './sqlite-drivers.js'

tidyUp()

onEachDriver('the keys, values and versions of a sqliteTable', (driver) => {
  const setUp = (
    options: Partial<SqliteTableOptions<Article>> = {},
    db: OpenDatabase = driver.open(':memory:'),
  ) => articles(db, options)

  it('takes composite keys, hostile names, and names nobody', () => {
    const { db } = setUp()
    const odd = `or"ders'; DROP TABLE articles; --`
    const quoted = `"${odd.replaceAll('"', '""')}"`
    db.exec(
      `CREATE TABLE ${quoted} (a TEXT, "b c" TEXT, "x""y" TEXT, "select" INTEGER, PRIMARY KEY (a, "b c"))`,
    )
    const table = sqliteTable<Record<string, unknown>>(db, {
      name: odd,
      id: ['a', 'b c'],
      version: 'select',
      columns: ['x"y'],
      start: () => 1,
    })
    expect(table.insert({ a: 'p', 'b c': 'q' }, { 'x"y': 'v' })).toMatchObject({ 'x"y': 'v', select: 1 })
    expect(table.insert({ a: 'p', 'b c': 'r' }, {})).toMatchObject({ select: 1 })
    expect(table.update({ a: 'p', 'b c': 'q' }, oneOf('1'), { 'x"y': 'w' })).toMatchObject({
      'x"y': 'w',
      select: 2,
    })
    expect(table.find({ a: 'p', 'b c': 'r' })).toMatchObject({ 'x"y': null, select: 1 })
    expect(() => table.find({ a: 'p' })).toThrow(coded('ERR_KEY_MISMATCH', '"b c"'))
    expect(db.prepare('SELECT id FROM articles').all()).toHaveLength(2)
  })

  it('calls a sole id by its column or `id`, and takes nothing but texts and numbers', () => {
    const { db } = setUp()
    const options = { name: 'articles', id: 'title', columns: [] } as const
    const table = sqliteTable<Article>(db, options)
    expect(table.find({ title: 'one' })?.id).toBe(1)
    expect(table.find({ id: 'two' })?.id).toBe(2)
    for (const id of [undefined, null, true, {}, [1], Number.NaN, Buffer.from('one'), new Date(0)]) {
      expect(() => table.find({ id })).toThrow(coded('ERR_KEY_MISMATCH'))
      expect(() => table.insert({ id }, {})).toThrow(coded('ERR_KEY_MISMATCH'))
    }
    expect(() => table.find({ constructor: 'one' })).toThrow(coded('ERR_KEY_MISMATCH'))
  })

  it.each([
    ['true', true, 1],
    ['false', false, 0],
    ['null', null, null],
    ['a date', new Date(1000), '1970-01-01T00:00:01.000Z'],
    ['a bigint', 7n, 7],
    ['a fraction', 1.5, 1.5],
    ['a hostile text', `'; DROP TABLE articles; --`, `'; DROP TABLE articles; --`],
  ])('stores %s', (_, value, stored) => {
    const { table } = setUp()
    const change = { body: value } as unknown as Partial<Article>
    expect(table.update({ id: 1 }, oneOf('5'), change)?.body).toEqual(stored)
  })

  it('stores bytes', () => {
    const { table } = setUp()
    const bytes = new Uint8Array([9, 1, 2, 9]).subarray(1, 3)
    const stored: unknown = table.update({ id: 1 }, NO_MATTER, { body: bytes as never })?.body
    expect([...new Uint8Array(stored as Uint8Array)]).toEqual([1, 2])
  })

  it.each([
    ['an object', { $gt: '' }],
    ['an array', ['x']],
    ['NaN', Number.NaN],
    ['an invalid date', new Date(Number.NaN)],
    ['a symbol', Symbol('x')],
    ['a function', () => 1],
    ['too big a bigint', 2n ** 63n],
  ])('refuses %s, and writes nothing', (_, value) => {
    const { table } = setUp()
    const change = { title: 'new', body: value } as unknown as Partial<Article>
    expect(() => table.update({ id: 1 }, NO_MATTER, change)).toThrow(coded('ERR_WRITE_UNSUPPORTED', '"body"'))
    expect(table.find({ id: 1 })).toMatchObject({ title: 'one', version: 5 })
  })

  it('knows what can be a version', () => {
    const { table } = setUp()
    for (const text of ['0', '1', '42', '9223372036854775807']) expect(table.isVersion(text), text).toBe(true)
    for (const text of ['', '-1', '01', '1.0', '1e3', ' 1', '٣', '9223372036854775808', '9'.repeat(10_000)]) {
      expect(table.isVersion(text), text.slice(0, 30)).toBe(false)
    }
    for (const version of [null, undefined, 'x', 1.5, -1, -1n, 2 ** 53]) {
      expect(() => table.versionOf({ version } as never)).toThrow(coded('ERR_VERSION_INVALID', '"version"'))
    }
  })

  it('leaves a row without a version alone, and says so when it is asked for it', () => {
    const { db, table } = setUp()
    db.exec('UPDATE articles SET version = NULL WHERE id = 1')
    db.exec("UPDATE articles SET version = 'five' WHERE id = 2")
    for (const id of [1, 2]) {
      expect(table.update({ id }, NO_MATTER, { title: 'new' })).toBeUndefined()
      expect(table.delete({ id }, noneOf('1'))).toBeUndefined()
      expect(() => table.versionOf(table.find({ id })!)).toThrow(coded('ERR_VERSION_INVALID'))
    }
  })

  it('makes no write after which there would be no version, and says so before', () => {
    const { db, table } = setUp({}, driver.openBigint(':memory:'))
    db.exec(`UPDATE articles SET version = 9223372036854775806 WHERE id = 1`)
    const last = table.update({ id: 1 }, oneOf('9223372036854775806'), { title: 'last' })!
    expect(table.versionOf(last)).toBe('9223372036854775807')
    for (const expected of [NO_MATTER, oneOf('9223372036854775807'), oneOf('9223372036854775807', '1')])
      expect(table.update({ id: 1 }, expected, { title: 'lost' })).toBeUndefined()
    expect(table.find({ id: 1 })).toEqual(last)
    // of numbers that SQLite rounds, and of negative ones
    db.exec(`CREATE TABLE odd (id INTEGER PRIMARY KEY, title TEXT, version REAL);
      INSERT INTO odd VALUES (1, 'one', 5), (2, 'two', 9007199254740992), (3, 'three', -7)`)
    const odd = sqliteTable<Article>(db, { name: 'odd', columns: ['title'] })
    for (const expected of [NO_MATTER, oneOf('9007199254740992')])
      expect(odd.update({ id: 2 }, expected, { title: 'lost' })).toBeUndefined()
    expect(odd.update({ id: 3 }, NO_MATTER, { title: 'lost' })).toBeUndefined()
    expect(odd.versionOf(odd.update({ id: 1 }, oneOf('5'), { title: 'new' })!)).toBe('6')
  })

  it('compares versions beyond 2^53 exactly, on a connection with bigint', () => {
    const { db, table } = setUp({}, driver.openBigint(':memory:'))
    db.exec('UPDATE articles SET version = 9007199254740993 WHERE id = 1')
    expect(table.versionOf(table.find({ id: 1 })!)).toBe('9007199254740993')
    expect(table.update({ id: 1 }, oneOf('9007199254740992'), {})).toBeUndefined()
    expect(table.update({ id: 1 }, oneOf('9007199254740992', '9007199254740994'), {})).toBeUndefined()
    const row = table.update({ id: 1 }, oneOf('9007199254740993'), {})!
    expect(table.versionOf(row)).toBe('9007199254740994')
  })
})
