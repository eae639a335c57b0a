import { expect, it } from 'vitest'
import { mysqlTable, type MysqlTableOptions } from '../../src/stores/mysql.js'
import { mysql } from '../support/servers.js'
import { articles, COLUMNS, type Article } from './mysql-articles.js'
import { coded, database, NO_MATTER, oneOf, rows, tableName } from './mysql-support.js'

mysql.describe('a mysqlTable that is not as its options say', () => {
  const server = database()

  it.each<readonly [string, string, Partial<MysqlTableOptions<Article>>, string]>([
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
      { deleted: 'gone' as 'removed_at' },
      '"gone"',
    ],
  ])('is refused: %s', async (_, columns, options, problem) => {
    const pool = server.pool()
    const name = tableName()
    if (columns !== '') await pool.query(`CREATE TABLE ${name} (${columns})`)
    const table = mysqlTable<Article>(pool, { name, columns: ['title', 'body'], ...options })
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
    // a statement of ours that failed leaves nothing open, in which theirs would be
    await expect(table.insert({ id: 4 }, { title: 'two' })).rejects.toMatchObject({ errno: 1062 })
    await connection.query(`UPDATE ${name} SET body = 'theirs' WHERE id = 2`)
    expect(await rows(server.pool(), `SELECT body FROM ${name} WHERE id = 2`)).toEqual([{ body: 'theirs' }])
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
