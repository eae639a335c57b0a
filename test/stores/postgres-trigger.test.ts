import pg from 'pg'
import { expect, it } from 'vitest'
import { postgresTable, versionTrigger, type PostgresTableOptions } from '../../src/stores/postgres.js'
import { postgres } from '../support/servers.js'
import { ALWAYS, coded, oneOf } from './postgres-articles.js'
import { postgresDatabase } from './postgres-database.js'

interface Row {
  id: number
  title: string
  version: unknown
}
type Options = Partial<PostgresTableOptions<Row>>

const TYPES: readonly (readonly [string, Options, back: string])[] = [
  ['bigint', {}, '1'],
  ['integer', {}, '1'],
  ['uuid', { versionType: 'uuid' }, 'version'],
  ['timestamptz', { versionType: { timestamp: 6 } }, `'2000-01-01'`],
  ['timestamp', { versionType: { timestamp: 3 } }, `'2000-01-01'`],
  ['timestamptz(0)', { versionType: { timestamp: 0 } }, `'2000-01-01'`],
]

postgres.describe('versionTrigger', () => {
  const db = postgresDatabase()

  let tables = 0
  async function made(type: string, options: Options = {}) {
    const name = `watched_${++tables}`
    const first = { bigint: '5', integer: '5', uuid: 'gen_random_uuid()' }[type] ?? 'clock_timestamp()'
    await db.sql(`CREATE TABLE ${name} (id integer PRIMARY KEY, title text, version ${type}, gone timestamptz);
      INSERT INTO ${name} VALUES (1, 'one', ${first}), (2, 'two', ${first})`)
    const pool = db.pool({ options: `-c search_path=${db.schema} -c TimeZone=Asia/Kolkata` })
    const table = postgresTable<Row>(pool, { name, columns: ['title'], ...options })
    const { isolation: _, columns: __, ...rest } = options
    await db.sql(versionTrigger<Row>({ name, ...rest }))
    const current = async (id = 1) => table.versionOf((await table.find({ id }))!)
    return { name, table, current, console: (text: string) => pool.query(text) }
  }
  const grows = (from: string, to: string) =>
    /^\d+$/.test(from) ? BigInt(to) > BigInt(from) : from.length === 36 ? from !== to : to > from

  it.each(TYPES)('moves a %s that a console did not', async (type, options, back) => {
    const { name, table, current, console } = await made(type, options)
    const seen = [await current()]
    for (const update of [
      `UPDATE ${name} SET title = 'job' WHERE id = 1`,
      `UPDATE ${name} SET title = title`,
      `UPDATE ${name} SET title = 'back', version = ${back} WHERE id = 1`,
      `UPDATE ${name} SET title = 'still', version = version WHERE id = 1`,
      `UPDATE ${name} SET version = NULL WHERE id = 1`,
    ]) {
      await console(update)
      const version = await current()
      expect(grows(seen.at(-1)!, version), `${update}: ${seen.at(-1)} to ${version}`).toBe(true)
      seen.push(version)
    }
    expect(new Set(seen).size).toBe(6)
    // in UTC, wherever the console is
    if (type.startsWith('timestamp'))
      expect(Math.abs(Date.parse(seen[1]!) - Date.now())).toBeLessThan(600_000)
    // who read before the job did is refused, with the statement that the library always uses
    for (const old of seen.slice(0, -1))
      expect(await table.update({ id: 1 }, oneOf(old), { title: 'lost' })).toBeUndefined()
    expect(await table.update({ id: 1 }, oneOf(seen.at(-1)!), { title: 'won' })).toMatchObject({
      title: 'won',
    })
  })

  it.each(TYPES)('leaves a %s alone that has moved: the store moves it once', async (type, options) => {
    const { table, current, name, console } = await made(type, options)
    const row = await table.update({ id: 1 }, ALWAYS, { title: 'a' })
    expect(await current()).toBe(table.versionOf(row!))
    if (type === 'bigint') expect(row?.version).toBe('6')
    if (type === 'bigint') {
      await console(`UPDATE ${name} SET version = 40 WHERE id = 1`)
      expect(await current()).toBe('40')
    }
    const next = await table.update({ id: 1 }, oneOf(await current()), { title: 'b' })
    expect(await current()).toBe(table.versionOf(next!))
  })

  it.each(TYPES.filter(([type]) => type !== 'integer'))(
    'lets a row of %s begin above its earlier life',
    async (type, options, back) => {
      const { name, table, current, console } = await made(type, options)
      const seen = [await current()]
      for (const values of [`(1, 'again', ${back === 'version' ? 'NULL' : back})`, `(1, 'again', NULL)`]) {
        await table.update({ id: 1 }, ALWAYS, {})
        seen.push(await current())
        await console(`DELETE FROM ${name} WHERE id = 1`)
        await console(`INSERT INTO ${name} (id, title, version) VALUES ${values}`)
        seen.push(await current())
        // a moment of fewer digits may stand where an update just left it: see versionType
        if (type === 'bigint' || type === 'timestamptz') expect(grows(seen.at(-2)!, seen.at(-1)!)).toBe(true)
        if (type.startsWith('timestamp')) expect(seen.at(-1)! > '2020').toBe(true)
        for (const old of seen.slice(0, -1)) {
          // moments of a whole second cannot tell two lives in it apart: see versionType
          if (type !== 'timestamptz(0)' && type !== 'timestamp')
            expect(await table.update({ id: 1 }, oneOf(old), {}), old).toBeUndefined()
        }
      }
      await table.delete({ id: 1 }, ALWAYS)
      const inserted = await table.insert({ id: 1 }, { title: 'by the store' })
      expect(await current()).toBe(table.versionOf(inserted!))
    },
  )

  it('leaves inserts alone where 32 bits have no room, or the application has its own start', async () => {
    const { name, table, console } = await made('integer')
    await console(`INSERT INTO ${name} VALUES (3, 'three', 7)`)
    expect(await table.find({ id: 3 })).toMatchObject({ version: 7 })
    const own = await made('bigint', { start: () => 9 })
    await own.console(`INSERT INTO ${own.name} VALUES (3, 'three', 7)`)
    expect(await own.table.find({ id: 3 })).toMatchObject({ version: '7' })
    expect(await own.table.insert({ id: 4 }, {})).toMatchObject({ version: '9' })
  })

  it('moves on the version of a row that is marked as deleted, and brought back', async () => {
    const { name, table, console, current } = await made('bigint', { deleted: 'gone' as never })
    await console(`UPDATE ${name} SET gone = now() WHERE id = 1`)
    expect(await table.find({ id: 1 })).toBeUndefined()
    await table.insert({ id: 1 }, { title: 'back' })
    expect(await current()).toBe('7')
  })

  it('has the last word, after triggers of the application', async () => {
    const { name, table, current, console } = await made('timestamptz', { versionType: { timestamp: 6 } })
    // as many applications have it: a job that began before the write that it comes after sets the clock back
    await db.sql(`CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        NEW.version := '2001-01-01'; RETURN NEW; END$$;
      CREATE TRIGGER touch_updated_at BEFORE UPDATE ON ${name} FOR EACH ROW EXECUTE FUNCTION touch()`)
    const before = await current()
    await console(`UPDATE ${name} SET title = 'x' WHERE id = 1`)
    expect((await current()) > before).toBe(true)
    const row = await table.update({ id: 1 }, ALWAYS, {})
    expect(await current()).toBe(table.versionOf(row!))
  })

  it('may be run again, also for another version column, and is one trigger', async () => {
    const { name, current, console } = await made('bigint')
    await db.sql(`ALTER TABLE ${name} ADD COLUMN revision bigint NOT NULL DEFAULT 1`)
    for (const version of ['version', 'revision', 'version'] as const)
      await db.sql(versionTrigger<Row & { revision: string }>({ name, version, schema: db.schema }))
    await console(`UPDATE ${name} SET title = 'x' WHERE id = 1`)
    expect(await current()).toBe('6')
    expect((await db.sql(`SELECT revision FROM ${name} WHERE id = 1`))[0]).toEqual({ revision: '1' })
  })

  it.each([
    `articles"; DROP TABLE victim; --`,
    `$if_match$; DROP TABLE victim; --`,
    `$$ $if_match$ $if_match_1$`,
    `'; DROP TABLE victim; --`,
    'NEW',
    'x'.repeat(63),
    'ä'.repeat(31),
  ])('takes %s for the name of a table, a column and a schema', async (name) => {
    const q = pg.escapeIdentifier
    const schema = Buffer.from(`${db.schema}${name}`).subarray(0, 63).toString()
    await db.sql(`CREATE TABLE IF NOT EXISTS victim (id integer);
      CREATE SCHEMA ${q(schema)}; CREATE TABLE ${q(schema)}.${q(name)} (id integer, ${q(name)} bigint);
      INSERT INTO ${q(schema)}.${q(name)} VALUES (1, 5)`)
    for (let run = 0; run < 2; run++)
      await db.sql(versionTrigger<Record<string, unknown>>({ name, schema, version: name }))
    await db.sql(`UPDATE ${q(schema)}.${q(name)} SET id = 2`)
    expect(await db.sql(`SELECT * FROM ${q(schema)}.${q(name)}`)).toEqual([{ id: 2, [name]: '6' }])
    expect(await db.sql('SELECT * FROM victim')).toEqual([])
    await db.sql(`DROP SCHEMA ${q(schema)} CASCADE`)
  })

  it('keeps apart tables whose names look alike', async () => {
    for (const [name, version] of [
      ['look alike', 'first'],
      ['look-alike', 'second'],
    ] as const) {
      await db.sql(
        `CREATE TABLE "${name}" (id integer, ${version} bigint); INSERT INTO "${name}" VALUES (1, 5)`,
      )
      await db.sql(versionTrigger<Record<string, unknown>>({ name, version }))
    }
    await db.sql('UPDATE "look alike" SET id = 2')
    expect(await db.sql('SELECT * FROM "look alike"')).toEqual([{ id: 2, first: '6' }])
  })

  it('refuses what the table would refuse', () => {
    for (const [options, code] of [
      [{ name: '' }, 'ERR_OPTION_INVALID'],
      [{ name: 't', versionType: 'text' }, 'ERR_OPTION_INVALID'],
      [{ name: 't', when: 'always' }, 'ERR_OPTION_UNKNOWN'],
    ] as const)
      expect(() => versionTrigger(options as never)).toThrow(coded(code))
  })
})
