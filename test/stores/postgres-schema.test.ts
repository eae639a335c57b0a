import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { postgresLedger, postgresLedgerSchema, postgresTable } from '../../src/stores/postgres.js'
import { postgres } from '../support/servers.js'
import { postgresDatabase } from './postgres-database.js'

const coded = (code: string, ...parts: string[]) =>
  expect.objectContaining({ code, message: expect.stringMatching(new RegExp(parts.join('.*'), 's')) })

const free = { token: null, beat: 0 }
const once = {
  from: { count: 0, ...free },
  to: { count: 1, ...free, lease: 0, doubtful: false, raiseFence: false },
}

postgres.describe("the ledger's own table", () => {
  const db = postgresDatabase()
  const tables = async () =>
    (
      await db.sql('SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = $2', [
        db.schema,
        'r',
      ])
    )
      .map(({ relname }) => relname)
      .sort()

  it('is made once, whoever and however many come first', async () => {
    for (let round = 0; round < 5; round++) {
      const table = `first_${round}`
      // connected before: they ask for the table at the same moment
      const pools = Array.from({ length: 6 }, () => db.pool({ max: 1 }))
      await Promise.all(pools.map((pool) => pool.query('SELECT 1')))
      const results = await Promise.all(
        pools.map((pool) => postgresLedger(pool, { table }).compareAndSwap('k', once)),
      )
      expect(results.filter(({ swapped }) => swapped)).toHaveLength(1)
      await Promise.all(pools.map((pool) => pool.end()))
    }
  })

  it('is looked for once, and made once, by all who come meanwhile', async () => {
    const { pool, statements } = db.counted()
    const ledger = postgresLedger(pool, { table: 'shared' })
    expect(statements).toEqual([])
    await Promise.all([ledger.get('a'), ledger.getMany(['b']), ledger.transaction(() => 1)])
    await ledger.get('a')
    expect(statements.filter((text) => text.includes('CREATE TABLE'))).toHaveLength(1)
    expect(statements.filter((text) => text.includes('pg_attribute'))).toHaveLength(2)
  })

  it('is missed with its DDL where it may not be made, and that DDL is enough', async () => {
    const pool = db.pool()
    const ledger = postgresLedger(pool, { create: false, table: 'versions', schema: db.schema })
    await expect(ledger.get('k')).rejects.toEqual(
      coded(
        'ERR_STORE_SCHEMA',
        'no ledger table "versions"',
        'CREATE TABLE IF NOT EXISTS "test_[0-9a-f]+"."versions"',
      ),
    )
    expect(await tables()).not.toContain('versions')
    await db.sql(postgresLedgerSchema({ table: 'versions', schema: db.schema }))
    // looked for again after it failed
    expect((await ledger.get('k')).count).toBe(0)
    await db.sql(postgresLedgerSchema({ table: 'versions', schema: db.schema }))
  })

  it('is looked for again where the server could not be asked', async () => {
    const pool = db.pool()
    let cut = true
    const query = (text: string, values: unknown[]) =>
      cut ? Promise.reject(new Error('cut')) : pool.query(text, values)
    const ledger = postgresLedger({ query, connect: () => pool.connect(), totalCount: 1 }, { table: 'later' })
    await expect(ledger.get('k')).rejects.toThrow('cut')
    cut = false
    expect((await ledger.get('k')).count).toBe(0)
  })

  it('says why it could not be made', async () => {
    const role = `${db.schema}_reader`
    await db.sql(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA ${db.schema} TO ${role}`)
    const pool = db.pool({ options: `-c search_path=${db.schema} -c role=${role}` })
    await expect(postgresLedger(pool, { table: 'mine' }).get('k')).rejects.toEqual(
      coded('ERR_STORE_SCHEMA', 'no ledger table "mine"', 'permission denied', 'CREATE TABLE'),
    )
    await pool.end()
    await db.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    await expect(postgresLedger(db.pool(), { schema: 'nowhere' }).get('k')).rejects.toEqual(
      coded('ERR_STORE_SCHEMA', 'schema "nowhere" does not exist'),
    )
  })

  let others = 0
  it.each([
    [
      'somebody else’s of that name',
      (name: string) => `CREATE TABLE ${name} (id integer PRIMARY KEY, count integer)`,
      'key, count',
    ],
    [
      'a view of theirs',
      (name: string) => `CREATE VIEW ${name} AS SELECT 'a'::text AS key, 2::bigint AS count`,
      'existence',
    ],
    [
      'one of other types',
      (name: string) => ledgerDdl(name).replace('"count" bigint', '"count" integer'),
      'count',
    ],
    [
      'one without a key',
      (name: string) => ledgerDdl(name).replace('PRIMARY KEY', ''),
      'its key is not unique',
    ],
    [
      'one with a wider key',
      (name: string) =>
        ledgerDdl(name).replace('PRIMARY KEY,', ',').replace(') WITH', ', PRIMARY KEY (key, count)) WITH'),
      'its key is not unique',
    ],
    [
      'one whose key counts for some rows',
      (name: string) =>
        `${ledgerDdl(name).replace('PRIMARY KEY', '')}; CREATE UNIQUE INDEX ON ${name} (key) WHERE count > 5`,
      'its key is not unique',
    ],
  ])('may not be %s', async (_, ddl, problem) => {
    const table = `other_${++others}`
    await db.sql(ddl(table))
    await expect(postgresLedger(db.pool(), { table }).get('k')).rejects.toEqual(
      coded('ERR_STORE_SCHEMA', "not a ledger's", problem, 'CREATE TABLE'),
    )
  })

  it('may have columns of later versions', async () => {
    await db.sql(`${postgresLedgerSchema({ table: 'wider' })}; ALTER TABLE wider ADD COLUMN later text`)
    expect((await postgresLedger(db.pool(), { table: 'wider' }).compareAndSwap('k', once)).swapped).toBe(true)
  })

  it.each([
    `articles"; DROP TABLE victim; --`,
    `'; DROP TABLE victim; --`,
    'public.victim',
    'select',
    ' ',
    'größe 😀',
    '$1',
    '?',
  ])('takes the name %s as a name', async (table) => {
    await db.sql('CREATE TABLE IF NOT EXISTS victim (id integer)')
    const ledger = postgresLedger(db.pool({ max: 1 }), { table, schema: db.schema })
    expect((await ledger.compareAndSwap('k', once)).swapped).toBe(true)
    expect((await ledger.compareAndSwap('k', once)).record.count).toBe(1)
    expect(await tables()).toEqual(expect.arrayContaining([table, 'victim']))
  })

  it('takes a hostile name of a schema as a name', async () => {
    const schema = `${db.schema}"; DROP SCHEMA x; --`
    await db.sql(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}`)
    expect((await postgresLedger(db.pool(), { schema }).compareAndSwap('k', once)).swapped).toBe(true)
    await db.sql(`DROP SCHEMA ${pg.escapeIdentifier(schema)} CASCADE`)
  })

  it.each([
    ['count', '-1'],
    ['count', '9007199254740993'],
    ['existence', "'maybe'"],
    ['fence', '-1'],
    ['beat', '3'],
  ])('with %s = %s in a row is an error, not a version', async (column, value) => {
    const ledger = postgresLedger(db.pool())
    const key = `corrupt ${column} ${value}`
    await ledger.compareAndSwap(key, once)
    await db.sql(`UPDATE if_match_ledger SET "${column}" = ${value} WHERE key = $1`, [key])
    await expect(ledger.get(key)).rejects.toEqual(coded('ERR_STORE_SCHEMA', `"${column}"`))
    await expect(ledger.getMany([key])).rejects.toEqual(coded('ERR_STORE_SCHEMA', `"${column}"`))
  })
})

const ledgerDdl = (name: string) => postgresLedgerSchema({ table: name })

describe('options', () => {
  const pool = new pg.Pool()

  it.each([
    [{ tabel: 'x' }, 'ERR_OPTION_UNKNOWN', 'tabel'],
    [{ table: '' }, 'ERR_OPTION_INVALID', 'table'],
    [{ table: 'a\0b' }, 'ERR_OPTION_INVALID', 'table'],
    [{ table: 'a\ud800' }, 'ERR_OPTION_INVALID', 'table'],
    [{ table: 'x'.repeat(64) }, 'ERR_OPTION_INVALID', 'table'],
    [{ table: 'ä'.repeat(32) }, 'ERR_OPTION_INVALID', 'table'],
    [{ table: 7 }, 'ERR_OPTION_INVALID', 'table'],
    [{ schema: '' }, 'ERR_OPTION_INVALID', 'schema'],
    [{ create: 'yes' }, 'ERR_OPTION_INVALID', 'create'],
    [{ epoch: '' }, 'ERR_OPTION_INVALID', 'epoch'],
    [{ epoch: 'A' }, 'ERR_OPTION_INVALID', 'epoch'],
    [{ epoch: 'a-1' }, 'ERR_OPTION_INVALID', 'epoch'],
    [{ epoch: 'a'.repeat(33) }, 'ERR_OPTION_INVALID', 'epoch'],
    [{ isolation: 'serializable; DROP TABLE x' }, 'ERR_OPTION_INVALID', 'isolation'],
  ])('of a ledger: %j is refused', (options, code, name) => {
    expect(() => postgresLedger(pool, options as never)).toThrow(coded(code, name))
  })

  it.each([
    [{ columns: ['title'] }, 'ERR_OPTION_INVALID', 'name'],
    [{ name: 't', schema: 's\0', columns: ['title'] }, 'ERR_OPTION_INVALID', 'schema'],
    [{ name: 't' }, 'ERR_OPTION_INVALID', 'columns'],
    [{ name: 't', columns: [7] }, 'ERR_OPTION_INVALID', 'columns'],
    [{ name: 't', columns: ['id'] }, 'ERR_OPTION_INVALID', 'columns'],
    [{ name: 't', columns: ['version'] }, 'ERR_OPTION_INVALID', 'columns'],
    [{ name: 't', columns: ['gone'], deleted: 'gone' }, 'ERR_OPTION_INVALID', 'columns'],
    [{ name: 't', columns: [], id: [] }, 'ERR_OPTION_INVALID', 'id'],
    [{ name: 't', columns: [], start: 1 }, 'ERR_OPTION_INVALID', 'start'],
    [{ name: 't', columns: [], isolation: 'none' }, 'ERR_OPTION_INVALID', 'isolation'],
    [{ name: 't', columns: [], versionType: { timestamp: 9 } }, 'ERR_OPTION_INVALID', 'versionType'],
    [{ name: 't', columns: [], busyTimeout: 5 }, 'ERR_OPTION_UNKNOWN', 'busyTimeout'],
  ])('of a table: %j is refused', (options, code, name) => {
    expect(() => postgresTable(pool, options as never)).toThrow(coded(code, name))
  })

  it('tells columns apart by case, as PostgreSQL does for quoted names', () => {
    expect(() => postgresTable(pool, { name: 't', columns: ['ID', 'Version'] })).not.toThrow()
  })

  it('a client that is none of those is refused', () => {
    const bare = { query: () => Promise.resolve({ rows: [] }) }
    for (const client of [undefined, null, 'postgres://', {}, bare, { connect: () => undefined }]) {
      expect(() => postgresLedger(client as never)).toThrow(coded('ERR_OPTION_INVALID', 'postgresLedger'))
      expect(() => postgresTable(client as never, { name: 't', columns: [] })).toThrow(
        coded('ERR_OPTION_INVALID', 'postgresTable'),
      )
    }
  })
})
