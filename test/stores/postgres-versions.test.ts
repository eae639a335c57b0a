import { expect, it, onTestFinished } from 'vitest'
import { postgresTable, type PostgresTableOptions } from '../../src/stores/postgres.js'
import { postgres } from '../support/servers.js'
import { ALWAYS, coded, EXISTS, noneOf, oneOf, since } from './postgres-articles.js'
import { postgresDatabase } from './postgres-database.js'

interface Row {
  id: number
  title: string | null
  note: string | null
  version: unknown
}

postgres.describe('the versions of a postgresTable', () => {
  const db = postgresDatabase()

  let tables = 0
  /** a table with this version column, and row 1 with this version */
  async function made(
    type: string,
    version: string,
    options: Partial<PostgresTableOptions<Row>> = {},
    zone = 'UTC',
  ) {
    const name = `versions_${++tables}`
    await db.sql(`CREATE TABLE ${name} (id integer PRIMARY KEY, title text DEFAULT 'none', note text, version ${type},
      gone timestamp);
      INSERT INTO ${name} (id, version) VALUES (1, ${version})`)
    const pool = db.pool({ options: `-c search_path=${db.schema} -c TimeZone=${zone}` })
    const columns = ['title', 'note'] as const
    const table = postgresTable<Row>(pool, { name, columns, ...options })
    return { name, pool, table, current: async () => table.versionOf((await table.find({ id: 1 }))!) }
  }
  const MOMENT = { versionType: { timestamp: 6 } } as const

  it.each([
    ['smallint', 32_767],
    ['integer', 2_147_483_647],
    ['bigint', 999_999_999_999_999],
  ])('that a client names match no %s, whether it has room for them or not', async (type, most) => {
    const { table, current } = await made(type, '5')
    for (const named of [most - 1, most, most + 1, 99_999_999_999, 999_999_999_999_999, 1e15, 2 ** 53 - 1])
      expect(
        await table.update({ id: 1 }, oneOf(String(named)), { title: 'lost' }),
        String(named),
      ).toBeUndefined()
    expect(await current()).toBe('5')
    expect((await table.update({ id: 1 }, oneOf('5'), { title: 'made' }))?.title).toBe('made')
    expect(await current()).toBe('6')
  })

  it('are compared exactly beyond 2^53', async () => {
    const { table, current } = await made('bigint', '9007199254740993')
    expect(await current()).toBe('9007199254740993')
    expect(await table.update({ id: 1 }, oneOf('9007199254740992'), {})).toBeUndefined()
    expect(await table.update({ id: 1 }, oneOf('9007199254740992', '9007199254740994'), {})).toBeUndefined()
    const row = await table.update({ id: 1 }, oneOf('9007199254740993'), {})
    expect(table.versionOf(row!)).toBe('9007199254740994')
  })

  it.each(['smallint', 'integer'])('may be of %s', async (type) => {
    const { table, current } = await made(type, '5')
    expect(await current()).toBe('5')
    // fits no such column, and is compared all the same
    expect(await table.update({ id: 1 }, oneOf('9223372036854775807', '99999'), {})).toBeUndefined()
    expect(await table.update({ id: 1 }, oneOf('9223372036854775807', '5'), {})).toMatchObject({ version: 6 })
  })

  it('are uuids, each a new one', async () => {
    const { table, current } = await made('uuid', 'gen_random_uuid()', { versionType: 'uuid' })
    const seen = [await current()]
    for (let n = 0; n < 5; n++) {
      const row = await table.update({ id: 1 }, oneOf('x', seen.at(-1)!), {})
      seen.push(table.versionOf(row!))
      expect(await table.update({ id: 1 }, oneOf(...seen.slice(0, -1)), {})).toBeUndefined()
    }
    expect(new Set(seen).size).toBe(6)
    expect(table.isVersion(seen[0]!.toUpperCase())).toBe(false)
    expect(await table.update({ id: 1 }, noneOf(...seen), {})).toBeUndefined()
  })

  const moments = (['timestamptz', 'timestamp'] as const).flatMap((type) =>
    ([0, 3, 6] as const).flatMap((digits) =>
      ['UTC', 'America/St_Johns'].map((zone) => [type, digits, zone] as const),
    ),
  )

  it.each(moments)(
    'of %s, %i digits, only grow, in a session and a process in %s',
    async (type, digits, zone) => {
      const { TZ } = process.env
      onTestFinished(() => void (process.env.TZ = TZ ?? 'UTC'))
      process.env.TZ = zone
      const { table, current, name } = await made(
        `${type}(${digits})`,
        `'2020-02-29 23:59:58'`,
        { versionType: { timestamp: digits } },
        zone,
      )
      // a console in another zone: what it wrote without one is UTC to the store, with one it is what it says
      const first = type === 'timestamp' ? '2020-02-29T23:59:58' : await zoned(name)
      expect((await current()).slice(0, 19)).toBe(first)
      const seen: string[] = [await current()]
      for (let n = 0; n < 8; n++) {
        const row = await table.update({ id: 1 }, oneOf('x', seen.at(-1)!), {})
        const version = table.versionOf(row!)
        expect(table.isVersion(version)).toBe(true)
        expect(version > seen.at(-1)!, `${version} after ${seen.at(-1)}`).toBe(true)
        expect(await current()).toBe(version)
        expect(await table.update({ id: 1 }, oneOf(...seen), {})).toBeUndefined()
        expect(await table.update({ id: 1 }, noneOf(version), {})).toBeUndefined()
        seen.push(version)
      }
      const [clock] = await db.sql(
        `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') AS now`,
      )
      const apart = Date.parse(`${String(clock?.now)}Z`) - Date.parse(seen.at(-1)!)
      expect(Math.abs(apart)).toBeLessThan(60_000)
      const inserted = await table.insert({ id: 2 }, {})
      expect(Math.abs(Date.parse(table.versionOf(inserted!)) - Date.parse(seen.at(-1)!))).toBeLessThan(60_000)
    },
  )
  const zoned = async (name: string) =>
    String(
      (
        await db.sql(
          `SELECT to_char(version AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') AS v FROM ${name}`,
        )
      )[0]?.v,
    )

  it('of microseconds are texts, for a Date has none', async () => {
    const { table } = await made('timestamptz', `'2026-01-31T12:00:00.000001Z'`, MOMENT)
    const row = await table.find({ id: 1 })
    expect(row).toMatchObject({ version: '2026-01-31T12:00:00.000001Z' })
    expect(await table.update({ id: 1 }, oneOf('2026-01-31T12:00:00.000000Z'), {})).toBeUndefined()
    expect(await table.update({ id: 1 }, oneOf('2026-01-31T12:00:00.000Z'), {})).toBeUndefined()
    const deleted = await table.delete({ id: 1 }, oneOf('2026-01-31T12:00:00.000001Z'))
    expect(deleted).toEqual({ ...row })
  })

  it('of milliseconds are Dates, and finer digits that a console left do not count', async () => {
    const { table } = await made('timestamptz', `'2026-01-31T12:00:00.123999Z'`, {
      versionType: { timestamp: 3 },
    })
    const row = await table.find({ id: 1 })
    expect(row?.version).toEqual(new Date('2026-01-31T12:00:00.123Z'))
    expect(table.versionOf(row!)).toBe('2026-01-31T12:00:00.123Z')
    const next = await table.update({ id: 1 }, oneOf('2026-01-31T12:00:00.123Z'), { title: 'x' })
    expect(next?.title).toBe('x')
  })

  it('that run ahead of the clock go on from where they are', async () => {
    const { table } = await made('timestamptz', `'2999-12-31T23:59:59.999999Z'`, MOMENT)
    expect(await table.update({ id: 1 }, ALWAYS, {})).toMatchObject({
      version: '3000-01-01T00:00:00.000000Z',
    })
    const seconds = await made('timestamp', `'2999-12-31T23:59:59.9'`, { versionType: { timestamp: 0 } })
    expect((await seconds.table.update({ id: 1 }, ALWAYS, {}))?.version).toEqual(
      new Date('3000-01-01T00:00:00Z'),
    )
  })

  it.each([['timestamptz'], ['timestamp']])(
    'of %s are judged by If-Unmodified-Since, in whole seconds',
    async (type) => {
      const { table } = await made(type, `'2026-01-31T12:00:00.999999Z'`, MOMENT, 'Asia/Kolkata')
      expect(await table.update({ id: 1 }, since('2026-01-31T11:59:59Z'), {})).toBeUndefined()
      expect(await table.delete({ id: 1 }, since('9999-12-31T23:59:59Z'))).toBeDefined()
      await table.insert({ id: 1 }, {})
      await db.sql(`UPDATE versions_${tables} SET version = '2026-01-31T12:00:00.999999Z'`)
      expect(await table.update({ id: 1 }, since('2026-01-31T12:00:00Z'), {})).toBeDefined()
    },
  )

  it.each(['0000-01-01T00:00:00.000000Z', '2026-02-31T00:00:00.000000Z', '9999-12-31T23:59:60.000000Z'])(
    'a moment like %s that PostgreSQL does not know matches nothing',
    async (moment) => {
      const { table } = await made('timestamptz', 'now()', MOMENT)
      expect(await table.update({ id: 1 }, oneOf(moment), {})).toBeUndefined()
      expect(await table.update({ id: 1 }, noneOf(moment), {})).toBeDefined()
    },
  )

  it.each([
    ['bigint', 'NULL', {}],
    ['bigint', '-1', {}],
    ['uuid', 'NULL', { versionType: 'uuid' }],
    ['timestamptz', 'NULL', MOMENT],
  ] as const)(
    'a row whose %s is %s is left alone, and said so when it is asked for it',
    async (type, version, options) => {
      const { table } = await made(type, version, options)
      expect(await table.update({ id: 1 }, ALWAYS, { title: 'new' })).toBeUndefined()
      expect(await table.delete({ id: 1 }, EXISTS)).toBeUndefined()
      const row = await table.find({ id: 1 })
      expect(row?.title).toBe('none')
      expect(() => table.versionOf(row!)).toThrow(coded('ERR_VERSION_INVALID', '"version"'))
    },
  )

  it.each([
    ['bigint', '5', {}],
    ['uuid', 'gen_random_uuid()', { versionType: 'uuid' }],
    ['timestamptz', 'now()', MOMENT],
  ] as const)(
    'a deleted row of %s is kept, is not there, and comes back under a further version',
    async (type, version, options) => {
      const deleted = 'gone' as never
      const { table, name } = await made(type, version, { ...options, deleted }, 'Asia/Kolkata')
      const first = await table.update({ id: 1 }, ALWAYS, { title: 'a', note: 'secret' })
      const before = table.versionOf(first!)
      expect(await table.delete({ id: 1 }, oneOf('x'))).toBeUndefined()
      expect(await table.insert({ id: 1 }, {})).toBeUndefined()
      // the row as it was
      expect(await table.delete({ id: 1 }, oneOf(before))).toEqual({ ...first })
      const [kept] = await db.sql(
        `SELECT *, abs(extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - gone)) < 60 AS now FROM ${name}`,
      )
      expect(kept).toMatchObject({ title: 'a', now: true })
      expect(kept?.version).not.toEqual(first?.version)
      expect(await table.find({ id: 1 })).toBeUndefined()
      expect(await table.update({ id: 1 }, ALWAYS, {})).toBeUndefined()
      expect(await table.delete({ id: 1 }, ALWAYS)).toBeUndefined()
      const again = await table.insert({ id: 1 }, { note: 'new' })
      // nothing of the old row shines through in what the new one left out
      expect(again).toMatchObject({ title: 'none', note: 'new', gone: null })
      const versions = [before, table.versionOf(again!)]
      expect(new Set(versions).size).toBe(2)
      if (type === 'bigint') expect(versions).toEqual(['6', '8'])
      for (const old of [before, String(kept?.version)])
        expect(await table.update({ id: 1 }, oneOf(old), {})).toBeUndefined()
      expect(await table.insert({ id: 1 }, {})).toBeUndefined()
      expect(await table.insert({ id: 2 }, {})).toMatchObject({ id: 2, gone: null })
    },
  )
})
