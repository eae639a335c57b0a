import { expect, it } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'
import { sqliteTable, type SqliteTableOptions } from '../../src/stores/sqlite.js'
import type { OpenDatabase } from './sqlite-drivers-open.js'
import { NO_MATTER, articles, coded, noneOf, oneOf, type Article } from './sqlite-articles.js'
import { onEachDriver, tidyUp } from './sqlite-drivers.js'

tidyUp()

onEachDriver('sqliteTable', (driver) => {
  const setUp = (
    options: Partial<SqliteTableOptions<Article>> = {},
    db: OpenDatabase = driver.open(':memory:'),
  ) => articles(db, options)

  it('finds a row, or none', () => {
    const { table, plain } = setUp()
    expect(plain(table.find({ id: '1' }))).toEqual({
      id: 1,
      title: 'one',
      body: null,
      owner: 'root',
      version: 5,
    })
    expect(table.find({ id: 3 })).toBeUndefined()
    expect(table.find({ id: '1 OR 1=1' })).toBeUndefined()
    expect(table.versionOf(table.find({ id: 1 })!)).toBe('5')
    expect(table).toMatchObject({
      name: 'sqlite table articles',
      versionColumn: 'version',
      columns: ['title', 'body'],
    })
  })

  it.each<readonly [string, Expectation, boolean]>([
    ['nothing', NO_MATTER, true],
    ['that it exists', { kind: 'exists', source: 'if-match' }, true],
    ['that it is absent', { kind: 'absent', source: 'if-none-match' }, false],
    ['its version', oneOf('5'), true],
    ['another version', oneOf('4'), false],
    ['one of several, its own among them', oneOf('4', '5', 'x'), true],
    ['one of several others', oneOf('4', '6'), false],
    ['one of a thousand', oneOf(...Array.from({ length: 1000 }, (_, i) => String(i))), true],
    ['one of none', oneOf(), false],
    ['a version spelled another way', oneOf('05'), false],
    ['no integer', oneOf('5.0', 'five', '', "5' OR '1'='1", '5e0', ' 5'), false],
    ['an integer beyond 64 bits', oneOf('9223372036854775808'), false],
    ['none of others', noneOf('4', '6'), true],
    ['none of one that it is', noneOf('5'), false],
    ['none of several, its own among them', noneOf('4', '5'), false],
    ['none of nothing', noneOf('x'), true],
    ['a date', { kind: 'unmodified-since', date: 0, source: 'if-unmodified-since' }, true],
    ['two that hold', { kind: 'all', of: [oneOf('5'), oneOf('5', '6')] }, true],
    ['two of which one does not', { kind: 'all', of: [oneOf('5'), oneOf('6')] }, false],
    ['no more than nothing', { kind: 'all', of: [NO_MATTER, NO_MATTER] }, true],
  ])('updates and deletes when the client demands %s', (_, expected, passes) => {
    const { table, db } = setUp()
    const row = table.update({ id: 1 }, expected, { title: 'new' })
    expect(row?.version).toBe(passes ? 6 : undefined)
    expect(table.find({ id: 1 })).toMatchObject(
      passes ? { title: 'new', version: 6 } : { title: 'one', version: 5 },
    )
    expect(table.delete({ id: 2 }, expected)?.title).toBe(passes ? 'two' : undefined)
    expect(db.prepare('SELECT id FROM articles').all()).toHaveLength(passes ? 1 : 2)
  })

  it('lets one of two writers with the same version through', () => {
    const { table } = setUp()
    expect(table.update({ id: 1 }, oneOf('5'), { body: 'mine' })).toMatchObject({ version: 6, title: 'one' })
    expect(table.update({ id: 1 }, oneOf('5'), { body: 'yours' })).toBeUndefined()
    expect(table.update({ id: 9 }, NO_MATTER, { body: 'nobody' })).toBeUndefined()
    expect(table.find({ id: 2 })).toMatchObject({ version: 5 })
  })

  it('moves the version for an empty change, and ignores the id and the version that come along', () => {
    const { table } = setUp()
    expect(table.update({ id: 1 }, NO_MATTER, {})).toMatchObject({ title: 'one', version: 6 })
    expect(table.update({ id: 1 }, NO_MATTER, { id: 2, version: 99, title: 'x' })).toMatchObject({
      id: 1,
      title: 'x',
      version: 7,
    })
  })

  it('never sets a column that is not listed', () => {
    const { table } = setUp()
    const hostile: object = { title: 'x', owner: 'mallory' }
    expect(() => table.update({ id: 1 }, NO_MATTER, hostile)).toThrow(coded('ERR_COLUMN_UNKNOWN', '"owner"'))
    expect(() => table.insert({ id: 3 }, hostile)).toThrow(coded('ERR_COLUMN_UNKNOWN', '"owner"'))
    expect(table.find({ id: 1 })).toMatchObject({ title: 'one', owner: 'root', version: 5 })
  })

  it('inserts under the id of the key, unless a row stands there', () => {
    const { table } = setUp({ start: () => 100 })
    expect(table.insert({ id: 3 }, { id: 77, title: 'three', version: 1 })).toMatchObject({
      id: 3,
      title: 'three',
      version: 100,
    })
    expect(table.insert({ id: 3 }, { title: 'again' })).toBeUndefined()
    expect(() => table.insert({ id: 4 }, { title: 'three' })).toThrow('UNIQUE constraint failed')
    expect(table.find({ id: 4 })).toBeUndefined()
  })

  it('never gives a later life of an id a version of an earlier one', () => {
    const { table } = setUp()
    const seen = new Set<string>()
    for (let life = 0; life < 200; life++) {
      const row = table.insert({ id: 3 }, { title: 'three' })!
      const versions = [row, table.update({ id: 3 }, NO_MATTER, {})!, table.update({ id: 3 }, NO_MATTER, {})!]
      for (const version of versions.map((one) => table.versionOf(one))) {
        expect(Number.isSafeInteger(Number(version))).toBe(true)
        expect(seen.has(version)).toBe(false)
        seen.add(version)
      }
      table.delete({ id: 3 }, NO_MATTER)
      // the next life begins in a later ms, as it does over HTTP
      const now = Date.now()
      while (Date.now() === now);
    }
    expect(seen.size).toBe(600)
  })

  it('says what does not fit the table, and touches nothing', () => {
    const { db } = setUp()
    const wrong = (options: object) => sqliteTable<Article>(db, { name: 'articles', columns: [], ...options })
    for (const table of [
      wrong({ name: 'articles"; DROP TABLE articles; --' }),
      wrong({ id: 'nosuch' }),
      wrong({ id: 'body' }),
      wrong({ version: 'nosuch' }),
      wrong({ columns: ['nosuch'] }),
    ]) {
      // a name that does not exist must not become a text that equals a hostile id
      const act = () => table.delete({ id: 'nosuch' }, NO_MATTER)
      if (table.columns.length === 0) expect(act).toThrow(coded('ERR_STORE_SCHEMA', 'sqlite table'))
      expect(() => table.update({ id: 1 }, NO_MATTER, { nosuch: 1 } as never)).toThrow()
    }
    expect(() => wrong({ start: () => 1.5 }).insert({ id: 9 }, {})).toThrow(
      coded('ERR_OPTION_INVALID', 'start()'),
    )
    expect(db.prepare('SELECT id FROM articles').all()).toHaveLength(2)
  })

  it('sees the columns of a migration that came after it', () => {
    const { db, table } = setUp()
    table.find({ id: 1 })
    db.exec('ALTER TABLE articles DROP COLUMN owner; ALTER TABLE articles ADD COLUMN later TEXT DEFAULT 1')
    expect(Object.keys(table.find({ id: 1 })!)).toEqual(['id', 'title', 'body', 'version', 'later'])
  })

  it('writes several rows in one transaction, or none', () => {
    const { table } = setUp()
    expect(() =>
      table.transaction((steps) => {
        steps.update({ id: 1 }, oneOf('5'), { title: 'x' })
        expect(steps.find({ id: 1 })).toMatchObject({ title: 'x' })
        steps.insert({ id: 3 }, { title: 'three' })
        steps.delete({ id: 2 }, NO_MATTER)
        throw new Error('undo')
      }),
    ).toThrow('undo')
    expect(table.find({ id: 1 })).toMatchObject({ title: 'one', version: 5 })
    expect(table.find({ id: 2 })).toBeDefined()
    expect(table.find({ id: 3 })).toBeUndefined()
  })
})
