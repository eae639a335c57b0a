import type pg from 'pg'
import { expect, it } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'
import { postgresTable, type PostgresTableOptions } from '../../src/stores/postgres.js'
import { postgres } from '../support/servers.js'
import { ALWAYS, coded, EXISTS, noneOf, oneOf, since } from './postgres-articles.js'
import { postgresDatabase } from './postgres-database.js'

interface Article {
  id: number
  title: string
  body: string | null
  version: string
}

postgres.describe('postgresTable', () => {
  const db = postgresDatabase()

  async function setUp(options: Partial<PostgresTableOptions<Article>> = {}, pool: pg.Pool = db.pool()) {
    await db.sql(`DROP TABLE IF EXISTS articles;
      CREATE TABLE articles (id integer PRIMARY KEY, title text UNIQUE, body text, owner text DEFAULT 'root',
        version bigint NOT NULL DEFAULT 1);
      INSERT INTO articles (id, title, version) VALUES (1, 'one', 5), (2, 'two', 5)`)
    return postgresTable<Article>(pool, { name: 'articles', columns: ['title', 'body'], ...options })
  }

  it('finds a row, or none', async () => {
    const table = await setUp()
    const row = { id: 1, title: 'one', body: null, owner: 'root', version: '5' }
    expect(await table.find({ id: '1' })).toEqual(row)
    expect(await table.find({ id: 1 })).toEqual(row)
    expect(await table.find({ id: 3n })).toBeUndefined()
    expect(table.versionOf(row)).toBe('5')
    expect(table).toMatchObject({
      name: 'postgres table articles',
      versionColumn: 'version',
      columns: ['title', 'body'],
      promises: { durable: 'yes', clock: 'none', transaction: true },
    })
  })

  it.each<readonly [string, Expectation, boolean]>([
    ['nothing', ALWAYS, true],
    ['that it exists', EXISTS, true],
    ['that it is absent', { kind: 'absent', source: 'if-none-match' }, false],
    ['its version', oneOf('5'), true],
    ['another version', oneOf('4'), false],
    ['one of several, its own among them', oneOf('4', '5', 'x'), true],
    ['one of several others', oneOf('4', '6'), false],
    ['one of a thousand', oneOf(...Array.from({ length: 1000 }, (_, i) => String(i))), true],
    ['one of none', oneOf(), false],
    ['a version spelled another way', oneOf('05'), false],
    ['no integer', oneOf('5.0', 'five', '', "5' OR '1'='1", '5e0', ' 5', '{5}', '5}'), false],
    ['an integer beyond 64 bits', oneOf('9223372036854775808'), false],
    ['none of others', noneOf('4', '6'), true],
    ['none of one that it is', noneOf('5'), false],
    ['none of several, its own among them', noneOf('4', '5'), false],
    ['none of nothing', noneOf('x'), true],
    ['a date, which says nothing of a number', since('2020-01-01'), true],
    ['two that hold', { kind: 'all', of: [oneOf('5'), oneOf('5', '6')] }, true],
    ['two of which one does not', { kind: 'all', of: [oneOf('5'), oneOf('6')] }, false],
  ])('updates and deletes when the client demands %s', async (_, expected, passes) => {
    const table = await setUp()
    const row = await table.update({ id: 1 }, expected, { title: 'new' })
    expect(row?.version).toBe(passes ? '6' : undefined)
    expect(await table.find({ id: 1 })).toMatchObject(
      passes ? { title: 'new', version: '6' } : { title: 'one', version: '5' },
    )
    expect((await table.delete({ id: 2 }, expected))?.title).toBe(passes ? 'two' : undefined)
    expect(await db.sql('SELECT id FROM articles')).toHaveLength(passes ? 1 : 2)
  })

  it('writes with one statement, a version of the client’s or any; the first use looks at the table besides', async () => {
    const { pool, statements } = db.counted()
    const table = await setUp({}, pool)
    await table.find({ id: 1 })
    expect(statements.map((text) => text.split(' ')[0])).toEqual(['SELECT', 'SELECT'])
    const trips = async (step: () => Promise<unknown>): Promise<[number, unknown]> => {
      const before = statements.length
      const answer = await step()
      return [statements.length - before, answer !== undefined]
    }
    expect(await trips(() => table.update({ id: 1 }, oneOf('5'), { title: 'a' }))).toEqual([1, true])
    expect(await trips(() => table.update({ id: 1 }, oneOf('5', '6'), { title: 'a' }))).toEqual([1, true])
    expect(await trips(() => table.update({ id: 1 }, oneOf('5'), { title: 'b' }))).toEqual([1, false])
    expect(await trips(() => table.update({ id: 9 }, ALWAYS, { title: 'b' }))).toEqual([1, false])
    expect(await trips(() => table.insert({ id: 3 }, { title: 'c' }))).toEqual([1, true])
    expect(await trips(() => table.insert({ id: 3 }, { title: 'd' }))).toEqual([1, false])
    expect(await trips(() => table.delete({ id: 3 }, EXISTS))).toEqual([1, true])
    expect(await trips(() => table.find({ id: 3 }))).toEqual([1, false])
    const [inside] = await trips(() =>
      table.transaction((steps) => steps.update({ id: 1 }, oneOf('7'), { title: 'e' })),
    )
    expect(inside).toBe(3)
  })

  it('moves the version for an empty change, and ignores the id and the version that come along', async () => {
    const table = await setUp()
    expect(await table.update({ id: 1 }, ALWAYS, {})).toMatchObject({ title: 'one', version: '6' })
    const all = { id: 2, version: '99', title: 'x', body: undefined as never }
    expect(await table.update({ id: 1 }, ALWAYS, all)).toMatchObject({ id: 1, title: 'x', version: '7' })
  })

  it('never sets a column that is not listed', async () => {
    const table = await setUp()
    const hostile: object = { title: 'x', owner: 'mallory' }
    await expect(table.update({ id: 1 }, ALWAYS, hostile)).rejects.toEqual(
      coded('ERR_COLUMN_UNKNOWN', '"owner"'),
    )
    await expect(table.insert({ id: 3 }, hostile)).rejects.toEqual(coded('ERR_COLUMN_UNKNOWN', '"owner"'))
    expect(await table.find({ id: 1 })).toMatchObject({ title: 'one', owner: 'root', version: '5' })
  })

  it('inserts under the id of the key, unless a row stands there', async () => {
    const table = await setUp({ start: () => 100 })
    const row = { id: 77, title: 'three', version: '1' }
    expect(await table.insert({ id: 3 }, row)).toMatchObject({ id: 3, title: 'three', version: '100' })
    expect(await table.insert({ id: 3 }, { title: 'again' })).toBeUndefined()
    await expect(table.insert({ id: 4 }, { title: 'three' })).rejects.toMatchObject({ code: '23505' })
    expect(await table.find({ id: 4 })).toBeUndefined()
    await expect((await setUp({ start: () => 1.5 })).insert({ id: 9 }, {})).rejects.toEqual(
      coded('ERR_OPTION_INVALID', 'start()'),
    )
  })

  it('begins every life above the ones before, by the clock of the server', async () => {
    const table = await setUp()
    let highest = 0
    for (let life = 0; life < 50; life++) {
      const first = await table.insert({ id: 3 }, { title: 'three' })
      expect(Number(first?.version)).toBeGreaterThan(highest)
      const last = await table.update({ id: 3 }, ALWAYS, {})
      highest = Number(last?.version)
      await table.delete({ id: 3 }, ALWAYS)
    }
    const [clock] = await db.sql('SELECT extract(epoch FROM clock_timestamp()) * 1000000 AS now')
    expect(highest).toBeLessThan(Number(clock?.now))
    expect(Number(clock?.now) - highest).toBeLessThan(60_000_000)
  })

  it.each([
    [
      'integer',
      ['x', '', '1.5', '1e3', ' 1', '0x1', 'NaN', '99999999999', '9'.repeat(400), `1; DROP TABLE t`, '1\0'],
    ],
    ['bigint', ['9223372036854775808', '-9223372036854775809', 'x']],
    ['uuid', ['x', '42', '00000000-0000-0000-0000-00000000000g', '']],
    ['text', ['a\0b', 'a\ud800']],
    ['varchar(5)', ['a\0b']],
    // not looked at beforehand: PostgreSQL refuses them
    ['date', ['x', '2026-02-31', '99999-99-99']],
    ['numeric(5,2)', ['x', '']],
    ['inet', ['x']],
    ['boolean', ['x']],
  ])('an id that a column of type %s cannot hold is the id of no row', async (type, ids) => {
    await db.sql(
      `DROP TABLE IF EXISTS forms; CREATE TABLE forms (id ${type} PRIMARY KEY, title text, version bigint NOT NULL)`,
    )
    const table = postgresTable<{ id: string; title: string }>(db.pool(), {
      name: 'forms',
      columns: ['title'],
    })
    for (const id of ids) {
      expect(await table.find({ id }), id).toBeUndefined()
      expect(await table.update({ id }, ALWAYS, { title: 'x' }), id).toBeUndefined()
      expect(await table.delete({ id }, oneOf('1')), id).toBeUndefined()
      await expect(table.insert({ id }, { title: 'x' }), id).rejects.toEqual(coded('malformed-key'))
    }
    expect(await db.sql('SELECT * FROM forms')).toEqual([])
  })

  it('does so in a transaction without ending it', async () => {
    const table = await setUp()
    const row = await table.transaction(async (steps) => {
      expect(await steps.update({ id: 'abc' }, ALWAYS, { title: 'x' })).toBeUndefined()
      expect(await steps.find({ id: 2 ** 31 })).toBeUndefined()
      return steps.update({ id: 1 }, ALWAYS, { title: 'inside' })
    })
    expect(row?.title).toBe('inside')
    await db.sql(`DROP TABLE IF EXISTS keyed;
      CREATE TABLE keyed (id uuid, slug text, version bigint NOT NULL, PRIMARY KEY (id, slug))`)
    const keyed = postgresTable<{ id: string; slug: string }>(db.pool(), {
      name: 'keyed',
      id: ['id', 'slug'],
      columns: [],
    })
    const id = '0fdc3d32-7d0b-4b8c-a5c5-7f2d4a2a7c11'
    const inserted = await keyed.transaction(async (steps) => {
      expect(await steps.find({ id: 'x', slug: 'a' })).toBeUndefined()
      expect(await steps.delete({ id, slug: 'a\0' }, ALWAYS)).toBeUndefined()
      return steps.insert({ id, slug: 'a' }, {})
    })
    expect(inserted).toMatchObject({ id, slug: 'a' })
  })

  it('refuses to insert under an id that is too long, which a read finds nothing under', async () => {
    await db.sql(`DROP TABLE IF EXISTS slugs;
      CREATE TABLE slugs (id text PRIMARY KEY, code varchar(3) UNIQUE, version bigint NOT NULL)`)
    const slugs = postgresTable<{ id: string; code: string }>(db.pool(), { name: 'slugs', columns: ['code'] })
    // what a b-tree has no room for, and cannot compress
    const long = Array.from({ length: 9000 }, (_, n) =>
      String.fromCodePoint(0x4e00 + ((n * 7919) % 20_000)),
    ).join('')
    expect(await slugs.find({ id: long })).toBeUndefined()
    await expect(slugs.insert({ id: long }, {})).rejects.toEqual(coded('malformed-key'))
    const codes = postgresTable<{ id: string; code: string }>(db.pool(), {
      name: 'slugs',
      id: 'code',
      columns: [],
    })
    await expect(codes.insert({ id: 'four' }, {})).rejects.toEqual(coded('malformed-key'))
    expect(await codes.find({ id: 'four' })).toBeUndefined()
    // a value is another matter
    await expect(slugs.insert({ id: 'a' }, { code: 'four' })).rejects.toMatchObject({ code: '22001' })
  })
})
