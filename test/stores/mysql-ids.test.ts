import type { Pool } from 'mysql2/promise'
import { expect, it } from 'vitest'
import { mysqlTable } from '../../src/stores/mysql.js'
import { mysql } from '../support/servers.js'
import { coded, database, NO_MATTER, oneOf, onEachWay, rows, tableName, through } from './mysql-support.js'

type Row = Record<string, unknown>

const malformed = coded('malformed-key')

/** A table whose id is of this type, with these ids in it, each written as a literal. */
async function tableOf(pool: Pool, type: string, ids: readonly string[]) {
  const name = tableName()
  await pool.query(
    `CREATE TABLE ${name} (id ${type} NOT NULL PRIMARY KEY, note TEXT, version BIGINT NOT NULL DEFAULT 1)`,
  )
  for (const id of ids) await pool.query(`INSERT INTO ${name} (id) VALUES (${id})`)
  const table = mysqlTable<Row>(pool, { name, id: 'id', columns: ['note'] })
  return { name, table }
}

const UUID = '0190a6e0-7c5a-7000-8000-0123456789ab'

/** The type; what stands there; what names it; what must name no row, and what of that cannot be inserted either. */
const FORMS: readonly (readonly [
  string,
  readonly string[],
  readonly unknown[],
  readonly unknown[],
  readonly unknown[],
])[] = [
  [
    'INT',
    ['42', '0', '-7'],
    ['42', 42, 42n, '0', '-7', 0, -0],
    ['43'],
    [
      '42abc',
      '042',
      '42.0',
      ' 42',
      '42 ',
      '+42',
      '4.2e1',
      '0x2A',
      '',
      '-0',
      'x',
      42.5,
      '99999999999',
      `42' OR '1'='1`,
      '٤٢',
    ],
  ],
  [
    'BIGINT UNSIGNED',
    ['18446744073709551615', '9007199254740993'],
    ['18446744073709551615', 9007199254740993n],
    ['9007199254740992'],
    ['-1', '18446744073709551616'],
  ],
  ['INT(5) ZEROFILL', ['42'], ['42', 42], [], ['00042']],
  [
    'VARCHAR(20) COLLATE utf8mb4_general_ci',
    [`'Ada'`, `'42'`, `'straße'`, `''`],
    ['Ada', '42', 42, 'straße', ''],
    ['ada', 'ADA', 'Ada ', ' Ada', 'Adá', '042', '42abc', 'strasse', ' '],
    ['x'.repeat(21), 'a\ud800'],
  ],
  ['CHAR(5)', [`'Ada'`, `'Eve '`], ['Ada', 'Eve'], ['ada', 'A'], ['Ada ', 'Ada\ud83d', '123456']],
  [
    'VARCHAR(20) CHARACTER SET latin1',
    [`'Ada'`, `'é'`, `'?'`],
    ['Ada', 'é', '?'],
    ['ada', 'e'],
    ['鍵', '🔑'],
  ],
  ['VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin', [`'Ada'`, `'?'`], ['Ada', '?'], ['ada'], ['é']],
  ['VARBINARY(20)', [`'Ada'`, `'a\\0'`], ['Ada', 'a\0'], ['ada', 'Ada ', 'a'], ['a\udfff', 'x'.repeat(21)]],
  ['BINARY(3)', [`'Ada'`], ['Ada'], ['ada'], ['A', 'Adas']],
  [
    'BINARY(16)',
    [`x'${UUID.replaceAll('-', '')}'`],
    [UUID],
    [UUID.replace('0190', '0191')],
    [UUID.toUpperCase(), UUID.replaceAll('-', ''), 'x'.repeat(16)],
  ],
  [
    'UUID',
    [`'${UUID}'`],
    [UUID],
    [UUID.replace('0190', '0191')],
    [UUID.toUpperCase(), UUID.replaceAll('-', ''), 'x', ''],
  ],
  [
    'DATE',
    [`'2026-01-31'`],
    ['2026-01-31'],
    ['2026-02-01'],
    ['2026-1-31', '20260131', '2026-01-31 00:00:00', '2026-02-30', '0000-00-00', 'x'],
  ],
]

onEachWay('the id of a mysqlTable', (way) => {
  const server = database()
  const lenient = () => {
    const pool = server.pool(way, { connectionLimit: 2 })
    pool.on('connection', (connection) => void connection.query("SET SESSION sql_mode = ''"))
    return pool
  }

  it.each(FORMS)(
    'of type %s is what its column gives back, and nothing else',
    async (type, ids, names, others, foreign) => {
      // strictly, a wrong form is an error; else MySQL takes what it can of it
      for (const pool of [server.pool(way, { connectionLimit: 2 }), lenient()]) {
        const { table, name } = await tableOf(pool, type, ids)
        const all = () => rows(pool, `SELECT id, note, version FROM ${name} ORDER BY id`)
        const before = await all()
        for (const id of [...others, ...foreign]) {
          expect(await table.find({ id }), String(id)).toBeUndefined()
          expect(await table.update({ id }, NO_MATTER, { note: 'x' }), String(id)).toBeUndefined()
          expect(await table.delete({ id }, NO_MATTER), String(id)).toBeUndefined()
        }
        for (const id of foreign)
          await expect(table.insert({ id }, { note: 'x' }), String(id)).rejects.toEqual(malformed)
        expect(await all()).toEqual(before)
        for (const id of names) {
          expect(await table.insert({ id }, {}), String(id)).toBeUndefined()
          const row = (await table.find({ id }))!
          expect(
            await table.update({ id }, oneOf(table.versionOf(row)), { note: 'y' }),
            String(id),
          ).toBeDefined()
        }
        // each is either a row of its own, or stands in another's way
        for (const id of others) {
          const made = await table.insert({ id }, { note: 'mine' })
          expect(await table.find({ id }), String(id)).toEqual(made)
        }
        expect((await all()).filter(({ note }) => note === 'y')).toHaveLength(before.length)
        for (const id of names) await table.delete({ id }, NO_MATTER)
        expect((await all()).filter(({ note }) => note === 'y')).toEqual([])
      }
    },
  )

  it('that its column makes another one of is undone inside a transaction, too', async () => {
    const { table } = await tableOf(server.pool(way, { connectionLimit: 2 }), 'BINARY(3)', [])
    await table.transaction(async (steps) => {
      await steps.insert({ id: 'Ada' }, {})
      await expect(steps.insert({ id: 'A' }, {})).rejects.toEqual(malformed)
    })
    expect(await table.find({ id: 'Ada' })).toBeDefined()
    expect(await table.find({ id: 'A\0\0' })).toBeUndefined()
  })

  it('of several columns is all of them', async () => {
    const pool = server.pool(way, { connectionLimit: 2 })
    const name = `or"ders\`'; DROP TABLE x; --${tableName()}`
    const quoted = `\`${name.replaceAll('`', '``')}\``
    await pool.query(
      `CREATE TABLE ${quoted} (a VARCHAR(20), \`b ?:c\` INT, \`x"'\`\`y\` TEXT, \`select\` BIGINT NOT NULL, UNIQUE KEY (\`b ?:c\`, a))`,
    )
    const table = mysqlTable<Row>(pool, { name, id: ['a', 'b ?:c'], version: 'select', columns: ['x"\'`y'] })
    expect(await table.insert({ a: 'p', 'b ?:c': 1 }, { 'x"\'`y': 'v' })).toMatchObject({ 'x"\'`y': 'v' })
    const second = (await table.insert({ a: 'p', 'b ?:c': '2' }, {}))!
    const written = await table.update({ a: 'p', 'b ?:c': 2 }, oneOf(table.versionOf(second)), {
      'x"\'`y': 'w',
    })
    expect(written).toMatchObject({ 'x"\'`y': 'w' })
    expect(Number(written!.select)).toBeGreaterThan(Number(second.select))
    expect(await table.find({ a: 'p', 'b ?:c': 1 })).toMatchObject({ 'x"\'`y': 'v' })
    for (const identity of [
      { a: 'P', 'b ?:c': 1 },
      { a: 'p', 'b ?:c': '01' },
      { a: 'q', 'b ?:c': 1 },
    ])
      expect(await table.find(identity)).toBeUndefined()
    await expect(table.find({ a: 'p' })).rejects.toEqual(coded('ERR_KEY_MISMATCH', '"b ?:c"'))
  })

  it('is nothing but texts and numbers', async () => {
    const { table, name } = await tableOf(server.pool(way, { connectionLimit: 2 }), 'VARCHAR(20)', [`'one'`])
    expect(table.name).toBe(`mysql table ${name}`)
    for (const id of [undefined, null, true, {}, [1], Number.NaN, Buffer.from('one'), new Date(0)]) {
      for (const step of [
        () => table.find({ id }),
        () => table.insert({ id }, {}),
        () => table.delete({ id }, NO_MATTER),
      ])
        await expect(step()).rejects.toEqual(coded('ERR_KEY_MISMATCH'))
    }
  })
})

mysql.describe('the index of an id', () => {
  const server = database()

  it.each([
    ['INT', Array.from({ length: 500 }, (_, n) => String(n)), '42'],
    ['VARCHAR(20)', Array.from({ length: 500 }, (_, n) => `'key-${n}'`), 'key-42'],
    ['VARCHAR(20) COLLATE utf8mb4_unicode_ci', Array.from({ length: 500 }, (_, n) => `'key-${n}'`), 'key-42'],
    ['VARCHAR(20) CHARACTER SET latin1', Array.from({ length: 500 }, (_, n) => `'key-${n}'`), 'key-42'],
    [
      'UUID',
      Array.from({ length: 500 }, (_, n) => `'0190a6e0-7c5a-7000-8000-${String(n).padStart(12, '0')}'`),
      '0190a6e0-7c5a-7000-8000-000000000042',
    ],
    ['DATE', Array.from({ length: 500 }, (_, n) => `DATE'2026-01-01' + INTERVAL ${n} DAY`), '2026-01-31'],
  ])('of type %s is used, though the comparison is exact', async (type, ids, id) => {
    const pool = server.pool()
    const { table, name } = await tableOf(pool, type, [ids.join('), (')])
    expect(await table.find({ id })).toBeDefined()
    const sent: string[] = []
    const watched = through(pool, (sql, send) => {
      sent.push(sql)
      return send()
    })
    const same = mysqlTable<Row>(watched, { name, id: 'id', columns: ['note'] })
    await same.update({ id }, oneOf('1'), { note: 'x' })
    await same.find({ id })
    const update = /UPDATE .*?(?=; SELECT)/.exec(sent.find((sql) => sql.includes('UPDATE'))!)![0]
    for (const statement of [update, sent.at(-1)!]) {
      const [plan] = await rows(pool, `EXPLAIN ${statement}`)
      expect(plan, statement).toMatchObject({ key: 'PRIMARY' })
      expect(Number(plan?.rows)).toBe(1)
    }
  })
})
