import pg from 'pg'
import { expect, it } from 'vitest'
import { postgresTable, type PostgresTableOptions } from '../../src/stores/postgres.js'
import { postgres } from '../support/servers.js'
import { ALWAYS, coded, noneOf, oneOf } from './postgres-articles.js'
import { postgresDatabase } from './postgres-database.js'

type Row = Record<string, unknown>

const HOSTILE = `articles"; DROP TABLE victim; --`

postgres.describe('the table, keys and values of a postgresTable', () => {
  const db = postgresDatabase()
  const pool = db.pool()

  /** a table of this DDL, of a name of its own */
  let tables = 0
  async function made(columns: string, options: Partial<PostgresTableOptions<Row>> = {}) {
    const name = `made_${++tables}`
    await db.sql(`CREATE TABLE ${name} (${columns})`)
    return { name, table: postgresTable<Row>(pool, { name, columns: [], ...options }) }
  }

  it('takes composite keys and hostile names, and calls nobody by them', async () => {
    const q = pg.escapeIdentifier
    const schema = `${db.schema}"; DROP TABLE victim`
    await db.sql(`CREATE TABLE victim (id integer); CREATE SCHEMA ${q(schema)};
      CREATE TABLE ${q(schema)}.${q(HOSTILE)} (a text, "b c" integer, "x""y" text, ${q(`${HOSTILE} v`)} bigint NOT NULL,
        "Gone" timestamptz, PRIMARY KEY ("b c", a))`)
    const table = postgresTable<Row>(pool, {
      name: HOSTILE,
      schema,
      id: ['a', 'b c'],
      version: `${HOSTILE} v`,
      columns: ['x"y'],
      deleted: 'Gone',
      start: () => 1,
    })
    const one = { a: HOSTILE, 'b c': '7' }
    const row = { a: HOSTILE, 'b c': 7, 'x"y': HOSTILE, [`${HOSTILE} v`]: '1', Gone: null }
    expect(await table.insert(one, { 'x"y': HOSTILE })).toEqual(row)
    expect(await table.insert({ ...one, 'b c': 8 }, {})).toMatchObject({ 'b c': 8 })
    expect(await table.update(one, oneOf(HOSTILE, '1'), { 'x"y': 'w' })).toMatchObject({ 'x"y': 'w' })
    expect(await table.update(one, oneOf('1'), {})).toBeUndefined()
    expect(await table.find({ ...one, a: 'other' })).toBeUndefined()
    expect(await table.delete(one, noneOf('1'))).toMatchObject({ 'x"y': 'w', Gone: null })
    await expect(table.find({ a: 'p' })).rejects.toEqual(coded('ERR_KEY_MISMATCH', '"b c"'))
    expect(await db.sql('SELECT * FROM victim')).toEqual([])
    await db.sql(`DROP SCHEMA ${q(schema)} CASCADE`)
  })

  it('tells names apart by case', async () => {
    const { table } = await made(
      '"ID" integer PRIMARY KEY, id text, "Version" bigint NOT NULL, version text',
      {
        id: 'ID',
        version: 'Version',
        columns: ['id', 'version'],
      },
    )
    expect(await table.insert({ ID: 1 }, { id: 'x', version: 'y' })).toMatchObject({
      ID: 1,
      id: 'x',
      version: 'y',
    })
    expect(await table.find({ id: 1 })).toMatchObject({ ID: 1 })
  })

  it.each<readonly [string, string, Partial<PostgresTableOptions<Row>>, string]>([
    ['there is none of that name', 'id integer', { name: HOSTILE }, 'there is no table'],
    ['there is none in that schema', 'id integer', { schema: 'nowhere' }, 'there is no table'],
    ['it has no such id', 'key integer PRIMARY KEY, version bigint', {}, 'no column "id"'],
    ['it has no such version', 'id integer PRIMARY KEY', {}, 'no column "version"'],
    ['it has no such columns', 'id integer PRIMARY KEY, version bigint', { columns: ['a', 'b'] }, '"a", "b"'],
    ['it has no such mark', 'id integer PRIMARY KEY, version bigint', { deleted: 'gone' }, '"gone"'],
    [
      'its mark is no moment',
      'id integer PRIMARY KEY, version bigint, gone boolean',
      { deleted: 'gone' },
      '"gone"',
    ],
    ['its id is not unique', 'id integer, version bigint', {}, '"id" is not unique'],
    [
      'its id is a part of a key',
      'id integer, b integer, version bigint, PRIMARY KEY (id, b)',
      {},
      '"id" is not',
    ],
    [
      'its key is a part of the id',
      'id integer PRIMARY KEY, b integer, version bigint',
      { id: ['id', 'b'] },
      '"id", "b" is not',
    ],
    ['its id is unique at the end', 'id integer UNIQUE DEFERRABLE, version bigint', {}, 'not unique'],
    ['its version is a text', 'id integer PRIMARY KEY, version text', {}, 'type text'],
    [
      'its version is no uuid',
      'id integer PRIMARY KEY, version bigint',
      { versionType: 'uuid' },
      'type bigint',
    ],
    [
      'its moments are cut',
      'id integer PRIMARY KEY, version timestamptz(3)',
      { versionType: { timestamp: 6 } },
      'keeps 3 digits',
    ],
  ])('says that it does not fit where %s, and writes nothing', async (_, columns, options, problem) => {
    const { name } = await made(columns)
    const table = postgresTable<Row>(pool, { name, columns: [], ...options })
    const error = coded('ERR_STORE_SCHEMA', problem)
    await expect(table.update({ id: 1, b: 1 }, ALWAYS, {})).rejects.toEqual(error)
    await expect(table.insert({ id: 1, b: 1 }, {})).rejects.toEqual(error)
    await expect(table.transaction((steps) => steps.delete({ id: 1, b: 1 }, ALWAYS))).rejects.toEqual(error)
  })

  it('takes a unique index for a key, but not one of some rows', async () => {
    const { name, table } = await made('id integer, gone boolean, version bigint')
    await db.sql(`CREATE UNIQUE INDEX ON ${name} (version) INCLUDE (id)`)
    await db.sql(
      `CREATE UNIQUE INDEX ON ${name} (id) WHERE NOT gone; CREATE UNIQUE INDEX ON ${name} (lower(id::text))`,
    )
    await expect(table.insert({ id: 1 }, {})).rejects.toEqual(coded('ERR_STORE_SCHEMA', 'not unique'))
    await db.sql(`CREATE UNIQUE INDEX ON ${name} (id) INCLUDE (gone)`)
    expect(await table.insert({ id: 1 }, {})).toMatchObject({ id: 1 })
  })

  it('may be made later, and changed later', async () => {
    const table = postgresTable<Row>(pool, { name: 'late', columns: ['title'] })
    await expect(table.find({ id: 1 })).rejects.toEqual(coded('ERR_STORE_SCHEMA', 'there is no table "late"'))
    await db.sql('CREATE TABLE late (id integer PRIMARY KEY, title text, version bigint)')
    expect(await table.insert({ id: 1 }, { title: 'a' })).toMatchObject({ title: 'a' })
    await db.sql('ALTER TABLE late ADD COLUMN more text DEFAULT 1')
    expect(await table.find({ id: 1 })).toMatchObject({ more: '1' })
    await db.sql('ALTER TABLE late DROP COLUMN title')
    await expect(table.update({ id: 1 }, ALWAYS, { title: 'b' })).rejects.toEqual(
      coded('ERR_STORE_SCHEMA', 'column "title"'),
    )
    await db.sql('DROP TABLE late')
    await expect(table.find({ id: 1 })).rejects.toEqual(coded('ERR_STORE_SCHEMA', '"late"'))
  })

  it('says that 32 bits have no room for the first version, and leaves updates and a `start` alone', async () => {
    const { name, table } = await made('id integer PRIMARY KEY, version integer NOT NULL DEFAULT 1')
    await expect(table.insert({ id: 1 }, {})).rejects.toEqual(coded('ERR_STORE_SCHEMA', 'Make it a bigint'))
    await db.sql(`INSERT INTO ${name} VALUES (1)`)
    expect(await table.update({ id: 1 }, oneOf('1'), {})).toMatchObject({ version: 2 })
    const own = postgresTable<Row>(pool, { name, columns: [], start: () => 7 })
    expect(await own.insert({ id: 2 }, {})).toMatchObject({ version: 7 })
  })

  it('takes nothing but texts and numbers for an id', async () => {
    const { table } = await made('id integer PRIMARY KEY, version bigint')
    for (const id of [undefined, null, true, {}, [1], Number.NaN, Buffer.from('1'), new Date(0)]) {
      await expect(table.find({ id })).rejects.toEqual(coded('ERR_KEY_MISMATCH'))
      await expect(table.insert({ id }, {})).rejects.toEqual(coded('ERR_KEY_MISMATCH'))
    }
    await expect(table.find({ constructor: 'one' })).rejects.toEqual(coded('ERR_KEY_MISMATCH'))
  })

  it.each<readonly [type: string, value: unknown, stored?: unknown]>([
    ['text', `'; DROP TABLE victim; --`],
    ['text', 7, '7'],
    ['text', true, 'true'],
    ['integer', null],
    ['bigint', 2n ** 62n, String(2n ** 62n)],
    ['double precision', 1.5],
    ['boolean', false],
    ['timestamptz', new Date(1000)],
    ['bytea', Buffer.from([1, 0, 2])],
    ['text[]', ['a"', '{b}', null]],
    ['integer[]', []],
    ['jsonb', { a: [1, { b: null }] }],
    ['jsonb', ['a', 1]],
    ['jsonb', 'a text, and no JSON'],
    ['json', '{"admin": true}'],
    ['json', 7],
    ['json', false],
    ['interval', { toPostgres: () => '90 minutes' }, expect.objectContaining({ hours: 1, minutes: 30 })],
  ])('stores in a column of %s the value %s', async (type, value, stored = value) => {
    const { table } = await made(`id integer PRIMARY KEY, v ${String(type)}, version bigint`, {
      columns: ['v'],
    })
    expect(await table.insert({ id: 1 }, { v: value })).toMatchObject({ v: stored })
    expect(await table.update({ id: 1 }, ALWAYS, { v: null })).toMatchObject({ v: null })
    expect(await table.update({ id: 1 }, ALWAYS, { v: value })).toMatchObject({ v: stored })
  })

  it.each<readonly [string, unknown]>([
    ['text', { $gt: '' }],
    ['text', ['x']],
    ['text', new Date(Number.NaN)],
    ['text', Symbol('x')],
    ['text', () => 1],
    ['integer', {}],
    ['text[]', { 0: 'a' }],
    ['json', 7n],
    ['json', () => 1],
  ])('refuses in a column of %s what it is not for, and writes nothing', async (type, value) => {
    const { table } = await made(`id integer PRIMARY KEY, v ${type}, version bigint`, { columns: ['v'] })
    await table.insert({ id: 1 }, {})
    await expect(table.update({ id: 1 }, ALWAYS, { v: value })).rejects.toEqual(
      coded('ERR_WRITE_UNSUPPORTED', '"v"'),
    )
    await expect(table.insert({ id: 2 }, { v: value })).rejects.toEqual(coded('ERR_WRITE_UNSUPPORTED', '"v"'))
  })

  it.each([
    ['integer', 'abc', '22P02'],
    ['integer', 99999999999, '22003'],
    ['text', 'a\0b', '22021'],
    ['uuid', 'x', '22P02'],
    ['date', 'x', '22007'],
  ])('leaves it to the driver that a %s is not %s', async (type, value, code) => {
    const { table } = await made(`id text PRIMARY KEY, v ${type}, version bigint`, { columns: ['v'] })
    await table.insert({ id: '1' }, {})
    await expect(table.update({ id: '1' }, ALWAYS, { v: value })).rejects.toMatchObject({ code })
    await expect(table.insert({ id: '2' }, { v: value })).rejects.toMatchObject({ code })
    expect(await table.find({ id: '2' })).toBeUndefined()
  })
})
