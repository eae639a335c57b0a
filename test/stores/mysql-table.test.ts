import type { Pool } from 'mysql2/promise'
import { expect, it } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'
import { mysqlTable, type MysqlTableOptions } from '../../src/stores/mysql.js'
import { mysql } from '../support/servers.js'
import { coded, database, NO_MATTER, noneOf, oneOf, onEachWay, rows, tableName } from './mysql-support.js'

interface Article {
  id: number
  title: string
  body: string | null
  owner?: string
  version: number
  removed_at?: Date | null
}

const COLUMNS = `id INT PRIMARY KEY, title VARCHAR(50) UNIQUE, body TEXT, owner VARCHAR(20) DEFAULT 'root',
  version BIGINT NOT NULL DEFAULT 1, removed_at DATETIME`

async function articles(pool: Pool, options: Partial<MysqlTableOptions<Article>> = {}) {
  const name = tableName()
  await pool.query(`CREATE TABLE ${name} (${COLUMNS}) CHARACTER SET utf8mb4`)
  await pool.query(`INSERT INTO ${name} (id, title, version) VALUES (1, 'one', 5), (2, 'two', 5)`)
  return { name, table: mysqlTable<Article>(pool, { name, columns: ['title', 'body'], ...options }) }
}

onEachWay('mysqlTable', (way) => {
  const server = database()
  const setUp = async (options: Partial<MysqlTableOptions<Article>> = {}) => {
    const pool = server.pool(way, { connectionLimit: 2 })
    return { pool, ...(await articles(pool, options)) }
  }

  it('finds a row, or none', async () => {
    const { table, name } = await setUp()
    const row = (await table.find({ id: '1' }))!
    expect(row).toEqual({ id: 1, title: 'one', body: null, owner: 'root', version: 5, removed_at: null })
    expect(await table.find({ id: 3 })).toBeUndefined()
    expect(table.versionOf(row)).toBe('5')
    expect(table).toMatchObject({
      name: `mysql table ${name}`,
      versionColumn: 'version',
      columns: ['title', 'body'],
    })
    expect(table.promises).toMatchObject({ clock: 'none', transaction: true })
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
    ['no integer', oneOf('5.0', '05', '', "5' OR '1'='1", '5e0', ' 5', '5abc'), false],
    ['an integer beyond 64 bits', oneOf('9223372036854775808'), false],
    ['none of others', noneOf('4', '6'), true],
    ['none of one that it is', noneOf('5'), false],
    ['none of nothing', noneOf('x'), true],
    ['a date', { kind: 'unmodified-since', date: 0, source: 'if-unmodified-since' }, true],
    ['two that hold', { kind: 'all', of: [oneOf('5'), oneOf('5', '6')] }, true],
    ['two of which one does not', { kind: 'all', of: [oneOf('5'), oneOf('6')] }, false],
  ])('updates and deletes when the client demands %s', async (_, expected, passes) => {
    const { table, pool, name } = await setUp()
    expect((await table.update({ id: 1 }, expected, { title: 'new' }))?.version).toBe(passes ? 6 : undefined)
    expect(await table.find({ id: 1 })).toMatchObject(
      passes ? { title: 'new', version: 6 } : { title: 'one', version: 5 },
    )
    expect((await table.delete({ id: 2 }, expected))?.title).toBe(passes ? 'two' : undefined)
    expect(await rows(pool, `SELECT id FROM ${name}`)).toHaveLength(passes ? 1 : 2)
  })

  it('moves the version for an empty change, and ignores the id and the version that come along', async () => {
    const { table } = await setUp()
    expect(await table.update({ id: 1 }, NO_MATTER, {})).toMatchObject({ title: 'one', version: 6 })
    const back = { id: 2, version: 99, title: 'x' }
    expect(await table.update({ id: 1 }, NO_MATTER, back)).toMatchObject({ id: 1, title: 'x', version: 7 })
    expect(await table.find({ id: 2 })).toMatchObject({ title: 'two', version: 5 })
  })

  it('never sets a column that is not listed', async () => {
    const { table } = await setUp()
    const hostile: object = { title: 'x', owner: 'mallory' }
    await expect(table.update({ id: 1 }, NO_MATTER, hostile)).rejects.toEqual(
      coded('ERR_COLUMN_UNKNOWN', '"owner"'),
    )
    await expect(table.insert({ id: 3 }, hostile)).rejects.toEqual(coded('ERR_COLUMN_UNKNOWN', '"owner"'))
    expect(await table.find({ id: 1 })).toMatchObject({ title: 'one', owner: 'root', version: 5 })
  })

  it('inserts under the id of the key, unless a row stands there', async () => {
    const { table } = await setUp({ start: () => 100 })
    const made = await table.insert({ id: 3 }, { id: 77, title: 'three', version: 1 })
    expect(made).toMatchObject({ id: 3, title: 'three', version: 100, owner: 'root' })
    expect(await table.insert({ id: 3 }, { title: 'again' })).toBeUndefined()
    // the title of another row is taken: that is no matter of this id
    await expect(table.insert({ id: 4 }, { title: 'three' })).rejects.toMatchObject({ errno: 1062 })
    expect(await table.find({ id: 4 })).toBeUndefined()
    // and a connection that was lent for it has come back in order
    expect(await table.insert({ id: 4 }, { title: 'four' })).toMatchObject({ id: 4 })
  })

  it('gives a later life of an id versions above those of the earlier ones', async () => {
    const { table } = await setUp()
    let last = 0
    for (let life = 0; life < 10; life++) {
      const row = (await table.insert({ id: 3 }, { title: 'three' }))!
      expect(row.version).toBeGreaterThan(last)
      last = (await table.update({ id: 3 }, oneOf(table.versionOf(row)), {}))!.version
      await table.delete({ id: 3 }, oneOf(String(last)))
    }
    expect(Number.isSafeInteger(last)).toBe(true)
  })

  it('only marks rows as deleted where it is told so, and brings them back', async () => {
    const { table, pool, name } = await setUp({ deleted: 'removed_at' })
    const gone = await table.delete({ id: 1 }, oneOf('5'))
    expect(gone).toMatchObject({ id: 1, title: 'one', version: 5, removed_at: null })
    expect(await table.find({ id: 1 })).toBeUndefined()
    expect(await table.update({ id: 1 }, NO_MATTER, { title: 'x' })).toBeUndefined()
    expect(await table.delete({ id: 1 }, NO_MATTER)).toBeUndefined()
    const [marked] = await rows(
      pool,
      `SELECT version, ABS(TIMESTAMPDIFF(SECOND, removed_at, UTC_TIMESTAMP())) < 60 AS fresh FROM ${name} WHERE id = 1`,
    )
    expect(marked).toEqual({ version: 6, fresh: 1 })
    await pool.query(`UPDATE ${name} SET body = 'secret', owner = 'ada' WHERE id = 1`)
    const back = await table.insert({ id: 1 }, { title: 'back' })
    // of the columns that are its matter nothing of the earlier life stays
    expect(back).toMatchObject({ title: 'back', body: null, owner: 'ada', version: 7, removed_at: null })
    expect(await table.insert({ id: 1 }, { title: 'again' })).toBeUndefined()
    expect(await table.insert({ id: 3 }, { title: 'three' })).toMatchObject({ id: 3 })
  })

  it('leaves a row without a version alone, and says so when it is asked for it', async () => {
    const { table, pool, name } = await setUp()
    await pool.query(`ALTER TABLE ${name} MODIFY version BIGINT`)
    for (const version of ['NULL', '-1']) {
      await pool.query(`UPDATE ${name} SET version = ${version}`)
      expect(await table.update({ id: 1 }, NO_MATTER, { title: 'new' })).toBeUndefined()
      expect(await table.delete({ id: 1 }, noneOf('1'))).toBeUndefined()
      const row = (await table.find({ id: 1 }))!
      expect(() => table.versionOf(row)).toThrow(coded('ERR_VERSION_INVALID'))
    }
  })

  it('begins again when a deadlock ended its own statements', async () => {
    const { table, pool, name } = await setUp()
    let failures = 0
    const failing = (statement: string) => /UPDATE/.test(statement) && failures++ < 2
    const deadlock = Object.assign(new Error('Deadlock found when trying to get lock'), { errno: 1213 })
    const once = new Proxy(pool, {
      get(target, property) {
        if (property !== 'getConnection') return Reflect.get(target, property) as unknown
        return async () => {
          const connection = await target.getConnection()
          return {
            query: (options: { sql: string }) =>
              failing(options.sql) ? Promise.reject(deadlock) : connection.query(options),
            escape: (value: unknown) => connection.escape(value),
            release: () => connection.release(),
            destroy: () => connection.destroy(),
          }
        }
      },
    })
    const same = mysqlTable<Article>(once, { name, columns: ['title'] })
    await table.find({ id: 1 })
    expect(await same.update({ id: 1 }, oneOf('5'), { title: 'new' })).toMatchObject({ version: 6 })
    expect(failures).toBe(3)
    failures = -5
    await expect(same.update({ id: 1 }, oneOf('6'), {})).rejects.toBe(deadlock)
  })
})

mysql.describe('a mysqlTable that is not as its options say', () => {
  const server = database()

  it.each([
    ['a missing table', '', {}, "doesn't exist"],
    ['a missing version column', 'id INT PRIMARY KEY, title TEXT, body TEXT', {}, '"version"'],
    ['a column of another case', 'id INT PRIMARY KEY, Title TEXT, body TEXT, version BIGINT', {}, '"title"'],
    ['an id that is not unique', 'id INT, title TEXT, body TEXT, version BIGINT, KEY (id)', {}, 'not unique'],
    [
      'part of a unique id',
      'id INT, k INT, title TEXT, body TEXT, version BIGINT, UNIQUE (id, k)',
      {},
      'not unique',
    ],
    [
      'an id of approximate numbers',
      'id DOUBLE PRIMARY KEY, title TEXT, body TEXT, version BIGINT',
      {},
      'double',
    ],
    [
      'an id of an unusual character set',
      'id VARCHAR(20) CHARACTER SET cp1250 PRIMARY KEY, title TEXT, body TEXT, version BIGINT',
      {},
      'utf8mb4',
    ],
    [
      'a version that is a text',
      'id INT PRIMARY KEY, title TEXT, body TEXT, version VARCHAR(20)',
      {},
      'varchar(20)',
    ],
    [
      'fewer digits of a second',
      'id INT PRIMARY KEY, title TEXT, body TEXT, version DATETIME',
      { versionType: { timestamp: 3 } },
      'datetime',
    ],
    [
      'more digits of a second',
      'id INT PRIMARY KEY, title TEXT, body TEXT, version DATETIME(6)',
      { versionType: { timestamp: 3 } },
      'datetime(6)',
    ],
    [
      'a mark that is no moment',
      'id INT PRIMARY KEY, title TEXT, body TEXT, version BIGINT, gone INT',
      { deleted: 'gone' },
      '"gone"',
    ],
  ])('is refused: %s', async (_, columns, options, problem) => {
    const pool = server.pool()
    const name = tableName()
    if (columns !== '') await pool.query(`CREATE TABLE ${name} (${columns})`)
    const table = mysqlTable<Article>(pool, { name, columns: ['title', 'body'], ...(options as object) })
    await expect(table.find({ id: 1 })).rejects.toEqual(coded('ERR_STORE_SCHEMA', problem))
    await expect(table.update({ id: 1 }, NO_MATTER, {})).rejects.toEqual(coded('ERR_STORE_SCHEMA', problem))
  })

  it('is refused: rows that cannot be rolled back, and views', async () => {
    const pool = server.pool()
    const name = tableName()
    await pool.query(`CREATE TABLE ${name} (${COLUMNS}) ENGINE = MyISAM`)
    const options = { name, columns: ['title'] } as const
    await expect(mysqlTable<Article>(pool, options).find({ id: 1 })).rejects.toEqual(
      coded('ERR_STORE_SCHEMA', 'no transactions'),
    )
    await pool.query(`CREATE VIEW ${name}_view AS SELECT * FROM ${name}`)
    const view = mysqlTable<Article>(pool, { ...options, name: `${name}_view` })
    await expect(view.find({ id: 1 })).rejects.toEqual(coded('ERR_STORE_SCHEMA', 'not unique'))
  })

  it('is found once it is there, and missed once it is gone', async () => {
    const pool = server.pool()
    const name = tableName()
    const table = mysqlTable<Article>(pool, { name, columns: ['title'] })
    await expect(table.find({ id: 1 })).rejects.toEqual(coded('ERR_STORE_SCHEMA'))
    await pool.query(`CREATE TABLE ${name} (${COLUMNS})`)
    expect(await table.find({ id: 1 })).toBeUndefined()
    await pool.query(`ALTER TABLE ${name} DROP COLUMN title`)
    await expect(table.update({ id: 1 }, NO_MATTER, { title: 'x' })).rejects.toEqual(
      coded('ERR_STORE_SCHEMA', 'title'),
    )
    await pool.query(`DROP TABLE ${name}`)
    await expect(table.find({ id: 1 })).rejects.toEqual(coded('ERR_STORE_SCHEMA'))
  })

  it('has no room for the version of a new row in less than 64 bits, unless it is told one', async () => {
    const pool = server.pool()
    const name = tableName()
    await pool.query(`CREATE TABLE ${name} (id INT PRIMARY KEY, title TEXT, version SMALLINT NOT NULL)`)
    const table = mysqlTable<Article>(pool, { name, columns: ['title'] })
    await expect(table.insert({ id: 1 }, {})).rejects.toEqual(coded('ERR_STORE_SCHEMA', 'BIGINT'))
    const told = mysqlTable<Article>(pool, { name, columns: ['title'], start: () => 32_766 })
    expect(await told.insert({ id: 1 }, {})).toMatchObject({ version: 32_766 })
    // without strict mode the column would stay at its end, and the version with it
    const lenient = await server.connection()
    await lenient.query("SET SESSION sql_mode = ''")
    const end = mysqlTable<Article>(lenient, { name, columns: ['title'], start: () => 99_999 })
    expect(await end.update({ id: 1 }, NO_MATTER, {})).toMatchObject({ version: 32_767 })
    expect(await end.update({ id: 1 }, NO_MATTER, { title: 'lost' })).toBeUndefined()
    await expect(end.insert({ id: 2 }, {})).rejects.toEqual(coded('ERR_STORE_SCHEMA', 'BIGINT'))
    expect(await end.find({ id: 2 })).toBeUndefined()
  })
})

mysql.describe('a mysqlTable over a connection that others share', () => {
  const server = database()

  it('writes in one statement on MariaDB, and in no transaction of theirs', async () => {
    const connection = await server.connection()
    const { name } = await articles(server.pool())
    const table = mysqlTable<Article>(connection, { name, columns: ['title'] })
    expect(await table.update({ id: 1 }, oneOf('5'), { title: 'new' })).toMatchObject({ version: 6 })
    expect(await table.insert({ id: 3 }, { title: 'three' })).toMatchObject({ id: 3 })
    await expect(table.transaction(() => 1)).rejects.toEqual(coded('ERR_WRITE_UNSUPPORTED'))
    await connection.beginTransaction()
    await connection.query(`UPDATE ${name} SET body = 'theirs' WHERE id = 2`)
    for (const step of [
      () => table.update({ id: 1 }, NO_MATTER, {}),
      () => table.delete({ id: 1 }, NO_MATTER),
      () => table.insert({ id: 4 }, {}),
      () => table.find({ id: 1 }),
    ])
      await expect(step()).rejects.toEqual(coded('ERR_TRANSACTION_ASYNC'))
    await connection.rollback()
    expect(await table.find({ id: 2 })).toMatchObject({ body: null })
  })

  it('is no place for the several statements that MySQL needs', async () => {
    const connection = await server.connection('MySQL', { multipleStatements: true })
    const { name } = await articles(server.pool())
    const table = mysqlTable<Article>(connection, { name, columns: ['title'] })
    expect(await table.find({ id: 1 })).toMatchObject({ title: 'one' })
    await expect(table.update({ id: 1 }, NO_MATTER, {})).rejects.toEqual(
      coded('ERR_WRITE_UNSUPPORTED', 'Pool'),
    )
  })
})
