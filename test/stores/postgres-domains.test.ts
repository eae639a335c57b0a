import { expect, it } from 'vitest'
import { postgresTable, versionTrigger, type PostgresTableOptions } from '../../src/stores/postgres.js'
import { postgres } from '../support/servers.js'
import { ALWAYS, coded, oneOf } from './postgres-articles.js'
import { postgresDatabase } from './postgres-database.js'

type Row = Record<string, unknown>

postgres.describe('columns whose type is a domain', () => {
  const db = postgresDatabase()
  const pool = db.pool()
  let made = 0

  /** a name for a domain over a type, or, `deep`, for one over another domain over it */
  async function domain(type: string, deep: boolean): Promise<string> {
    const name = `domain_${++made}`
    await db.sql(`CREATE DOMAIN ${name} AS ${type}`)
    return deep ? domain(name, false) : name
  }

  async function table(columns: string, options: Partial<PostgresTableOptions<Row>> = {}) {
    const name = `of_domains_${++made}`
    await db.sql(`CREATE TABLE ${name} (${columns})`)
    return { name, table: postgresTable<Row>(pool, { name, columns: [], ...options }) }
  }

  it.each([false, true])('are read with the digits of the type below (one in between: %s)', async (deep) => {
    const seconds = await domain('timestamptz(0)', deep)
    const wrong = await table(`id integer PRIMARY KEY, version ${seconds} NOT NULL`, {
      versionType: { timestamp: 3 },
    })
    // it would repeat versions within a second, and let a write by an old one pass
    for (const refused of [
      () => wrong.table.find({ id: 1 }),
      () => wrong.table.update({ id: 1 }, ALWAYS, {}),
      () => wrong.table.insert({ id: 1 }, {}),
    ])
      await expect(refused()).rejects.toEqual(coded('ERR_STORE_SCHEMA', 'keeps 0 digits'))

    for (const [type, timestamp] of [
      ['timestamptz(0)', 0],
      ['timestamp(3)', 3],
      ['timestamptz', 6],
    ] as const) {
      const columns = `id integer PRIMARY KEY, version ${await domain(type, deep)} NOT NULL`
      const right = (await table(columns, { versionType: { timestamp } })).table
      const first = right.versionOf((await right.insert({ id: 1 }, {}))!)
      expect(await right.update({ id: 1 }, oneOf(first), {})).toBeDefined()
      expect(await right.update({ id: 1 }, oneOf(first), {})).toBeUndefined()
    }
  })

  it.each([false, true])('are read with the length of the type below (one in between: %s)', async (deep) => {
    for (const type of ['varchar(5)', 'char(5)']) {
      const columns = `id ${await domain(type, deep)} PRIMARY KEY, version bigint NOT NULL`
      const short = (await table(columns)).table
      expect(await short.insert({ id: 'ab😀de' }, {})).toMatchObject({ id: 'ab😀de' })
      await expect(short.insert({ id: 'abcdef' }, {})).rejects.toEqual(coded('malformed-key'))
      expect(await short.find({ id: 'abcdef' })).toBeUndefined()
    }
  })

  it.each([false, true])('take what the type below takes (one in between: %s)', async (deep) => {
    const [id, version] = [await domain('uuid', deep), await domain('bigint', deep)]
    const more = `json ${await domain('jsonb', deep)}, list ${await domain('text[]', deep)}`
    const { table: taking } = await table(`id ${id} PRIMARY KEY, version ${version} NOT NULL, ${more}`, {
      columns: ['json', 'list'],
    })
    const key = { id: 'b0b5f6f0-4b1f-4a3c-9d62-0f6cf5a2a111' }
    const values = { json: { a: [1] }, list: ['a', 'b'] }
    await taking.insert(key, { json: 'a text, and no JSON' })
    const row = await taking.update(key, ALWAYS, values)
    expect(row).toMatchObject(values)
    expect(await taking.update(key, oneOf(taking.versionOf(row!)), { json: ['a'] })).toMatchObject({
      json: ['a'],
    })
    expect(await taking.find({ id: 'no uuid' })).toBeUndefined()
    await expect(taking.update(key, ALWAYS, { list: { 0: 'a' } })).rejects.toEqual(
      coded('ERR_WRITE_UNSUPPORTED', 'text[]'),
    )
  })

  it.each([false, true])('begin above an earlier life of a row (one in between: %s)', async (deep) => {
    // in fewer bits such a start has no room
    for (const [type, above] of [
      ['bigint', true],
      ['integer', false],
      ['smallint', false],
    ] as const) {
      const columns = `id integer PRIMARY KEY, version ${await domain(type, deep)} DEFAULT 1`
      const { name, table: watched } = await table(columns)
      await db.sql(versionTrigger<Row>({ name }))
      const born = async (values: string) => {
        await db.sql(`DELETE FROM ${name}; INSERT INTO ${name} VALUES ${values}`)
        return watched.versionOf((await watched.find({ id: 1 }))!)
      }
      const first = await born('(1)')
      const moved = watched.versionOf((await watched.update({ id: 1 }, oneOf(first), {}))!)
      expect(BigInt(moved)).toBe(BigInt(first) + 1n)
      const second = await born('(1, DEFAULT)')
      if (!above) {
        expect([first, second]).toEqual(['1', '1'])
        continue
      }
      expect(BigInt(second)).toBeGreaterThan(BigInt(moved))
      expect(await watched.update({ id: 1 }, oneOf(first), {})).toBeUndefined()
      expect(BigInt(await born('(1, NULL)'))).toBeGreaterThan(BigInt(second))
    }
  })
})
