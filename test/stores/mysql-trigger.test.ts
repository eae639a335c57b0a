import type { Pool } from 'mysql2/promise'
import { expect, it } from 'vitest'
import { mysqlTable, versionTrigger, type MysqlTriggerOptions } from '../../src/stores/mysql.js'
import { mysql } from '../support/servers.js'
import { coded, database, NO_MATTER, oneOf, rows, tableName } from './mysql-support.js'

interface Row {
  id: number
  note: string | null
  version: unknown
}
type Options = Omit<MysqlTriggerOptions<Row>, 'name'>

mysql.describe('versionTrigger for MySQL', () => {
  const server = database()

  /** The table with its triggers, as `run` gets them there: the text as it is, or each statement by itself. */
  async function setUp(type: string, options: Options = {}, name = tableName(), whole = true) {
    const pool: Pool = server.pool('MariaDB', { multipleStatements: true, connectionLimit: 2 })
    const table = `\`${name.replaceAll('`', '``')}\``
    await pool.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, note TEXT, version ${type} NOT NULL)`)
    const sql = versionTrigger<Row>({ name, ...options })
    const statements = whole ? [sql] : sql.split(';\n').filter((statement) => statement !== '')
    // as a migration, that may be run again
    for (const statement of [...statements, ...statements]) await pool.query(statement)
    const { columnType: _, ...shared } = options
    const store = mysqlTable<Row>(pool, { name, columns: ['note'], ...shared })
    const version = async () => store.versionOf((await store.find({ id: 1 }))!)
    return { pool, table, store, version }
  }

  it.each<readonly [string, Options, string]>([
    ['BIGINT', {}, '1'],
    ['BIGINT UNSIGNED', {}, '1'],
    ['CHAR(36)', { versionType: 'uuid' }, "'00000000-0000-0000-0000-000000000000'"],
    ['UUID', { versionType: 'uuid' }, "'00000000-0000-0000-0000-000000000000'"],
    ['BINARY(16)', { versionType: 'uuid', columnType: 'binary(16)' }, "x'00000000000000000000000000000000'"],
    ['DATETIME', { versionType: { timestamp: 0 } }, "'2001-01-01'"],
    ['DATETIME(3)', { versionType: { timestamp: 3 } }, "'2001-01-01'"],
    ['DATETIME(6)', { versionType: { timestamp: 6 } }, "'2001-01-01'"],
    ['TIMESTAMP(6)', { versionType: { timestamp: 6 }, columnType: 'timestamp' }, "'2001-01-01'"],
  ])('moves a %s with every write that does not', async (type, options, old) => {
    const { pool, table, store, version } = await setUp(type, options)
    // in whatever zone the console is
    await pool.query("SET time_zone = '+05:30'")
    await pool.query(`INSERT INTO ${table} (id, note, version) VALUES (1, 'a', ${old}), (2, 'b', ${old})`)
    const seen = [await version()]
    const lasting = async () => {
      seen.push(await version())
    }
    // whatever an INSERT puts in, a new life does not begin with what an earlier one may have had
    expect(
      await store.update(
        { id: 1 },
        oneOf('1', '00000000-0000-0000-0000-000000000000', '2001-01-01T00:00:00.000Z'),
        {},
      ),
    ).toBeUndefined()
    await pool.query(`UPDATE ${table} SET note = 'x' WHERE id = 1`)
    await lasting()
    await pool.query(`UPDATE ${table} SET note = 'x'`)
    await lasting()
    if (options.versionType !== 'uuid') {
      // set back
      await pool.query(`UPDATE ${table} SET version = ${old}`)
      await lasting()
    }
    await pool.query(
      `INSERT INTO ${table} (id, version) VALUES (1, ${old}) ON DUPLICATE KEY UPDATE note = 'y'`,
    )
    await lasting()
    const row = (await store.update({ id: 1 }, oneOf(await version()), { note: 'z' }))!
    await lasting()
    expect(store.versionOf(row)).toBe(seen.at(-1))
    expect(new Set(seen).size).toBe(seen.length)
    if (options.versionType !== 'uuid') expect(seen.toSorted()).toEqual(seen)
    // so many writes within a few ms have put a moment ahead of the clock, where a new life would meet it
    if (type !== 'DATETIME' && typeof options.versionType === 'object')
      await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(seen.at(-1) ?? ''))
    await store.delete({ id: 1 }, NO_MATTER)
    const reborn = store.versionOf((await store.insert({ id: 1 }, {}))!)
    expect(await version()).toBe(reborn)
    // whole seconds cannot tell two lives of one second apart
    if (type !== 'DATETIME') expect(seen).not.toContain(reborn)
  })

  it('leaves the store its own count of what it wrote, whatever other triggers write', async () => {
    const { pool, table, store } = await setUp('BIGINT')
    await pool.query('CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, note TEXT)')
    await pool.query(
      `CREATE TRIGGER audited AFTER UPDATE ON ${table} FOR EACH ROW INSERT INTO audit (note) VALUES (OLD.note), (NEW.note), ('x')`,
    )
    const row = (await store.insert({ id: 1 }, { note: 'a' }))!
    expect(await store.update({ id: 1 }, oneOf(store.versionOf(row)), { note: 'b' })).toMatchObject({
      note: 'b',
    })
    expect(await store.update({ id: 1 }, oneOf(store.versionOf(row)), { note: 'c' })).toBeUndefined()
    expect(await rows(pool, 'SELECT note FROM audit ORDER BY id')).toEqual([
      { note: 'a' },
      { note: 'b' },
      { note: 'x' },
    ])
  })

  it('lets a write of the store move the version to where it does, and no further', async () => {
    const { pool, table, store, version } = await setUp('BIGINT')
    const row = (await store.insert({ id: 1 }, {}))!
    const next = (await store.update({ id: 1 }, oneOf(store.versionOf(row)), { note: 'x' }))!
    expect(Number(next.version)).toBeGreaterThan(Number(row.version))
    expect(await version()).toBe(String(next.version))
    // nor another writer's that moves it itself
    await pool.query(`UPDATE ${table} SET version = version + 10`)
    expect(await version()).toBe(String(Number(next.version) + 10))
  })

  it('leaves inserts alone where the application gives the first versions', async () => {
    const { pool, table, store, version } = await setUp('INT', { start: () => 7 })
    expect(await store.insert({ id: 1 }, {})).toMatchObject({ version: 7 })
    await pool.query(`UPDATE ${table} SET note = 'x'`)
    expect(await version()).toBe('8')
    expect(versionTrigger<Row>({ name: 't', start: () => 7 })).not.toContain('BEFORE INSERT')
  })

  it('is four statements, each of which a console can take by itself', async () => {
    const { pool, table, version } = await setUp('BIGINT', {}, tableName(), false)
    await pool.query(`INSERT INTO ${table} (id, version) VALUES (1, 1)`)
    const before = await version()
    await pool.query(`UPDATE ${table} SET note = 'x'`)
    expect(Number(await version())).toBeGreaterThan(Number(before))
  })

  it('takes names of any kind, and of any length', async () => {
    for (const name of [`or"ders\`'; DROP TABLE x; --`, 'x'.repeat(64), `${'x'.repeat(63)}y`, 'жук鍵']) {
      const { pool, table, store } = await setUp('BIGINT', {}, name)
      await pool.query(`INSERT INTO ${table} (id, version) VALUES (1, 1)`)
      await pool.query(`UPDATE ${table} SET note = 'x'`)
      expect(await store.find({ id: 1 })).toMatchObject({ note: 'x' })
    }
    const triggers = await rows(server.pool(), 'SHOW TRIGGERS')
    expect(triggers.every(({ Trigger }) => (Trigger as string).length <= 64)).toBe(true)
    expect(new Set(triggers.map(({ Trigger }) => Trigger as string)).size).toBe(triggers.length)
    const elsewhere = versionTrigger<Row>({ name: 'a`b', schema: 'c`d', version: 'note' })
    expect(elsewhere).toContain('CREATE TRIGGER `c``d`.`a``b_if_match_update` BEFORE UPDATE ON `c``d`.`a``b`')
    expect(elsewhere).toContain('NEW.`note`')
  })

  it.each([
    ['name', { name: '' }],
    ['version', { name: 't', version: 'a\0' }],
    ['versionType', { name: 't', versionType: 'text' }],
    ['columnType', { name: 't', columnType: 'json' }],
    ['colums', { name: 't', colums: [] }],
  ])('refuses a wrong %s', (option, options) => {
    const code = option === 'colums' ? 'ERR_OPTION_UNKNOWN' : 'ERR_OPTION_INVALID'
    expect(() => versionTrigger(options as never)).toThrow(coded(code, option))
  })
})
