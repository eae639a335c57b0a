import { expect, it } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'
import { mysqlTable, type MysqlTableOptions } from '../../src/stores/mysql.js'
import { articles, type Article } from './mysql-articles.js'
import { coded, database, NO_MATTER, noneOf, oneOf, onEachWay, rows, through } from './mysql-support.js'

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

  it('inserts where the row that stood in its way has gone before it could be seen', async () => {
    const { pool, name } = await setUp()
    const other = await server.connection()
    const going = through(pool, async (sql, send) => {
      if (sql.startsWith('SELECT 1')) await other.query(`DELETE FROM ${name} WHERE id = 1`)
      return send()
    })
    const table = mysqlTable<Article>(going, { name, columns: ['title'] })
    expect(await table.insert({ id: 1 }, { title: 'again' })).toMatchObject({ id: 1, title: 'again' })
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
    const deadlock = Object.assign(new Error('Deadlock found when trying to get lock'), { errno: 1213 })
    const once = through(pool, (sql, send) =>
      sql.includes('UPDATE') && failures++ < 12 ? Promise.reject(deadlock) : send(),
    )
    const same = mysqlTable<Article>(once, { name, columns: ['title'] })
    await table.find({ id: 1 })
    expect(await same.update({ id: 1 }, oneOf('5'), { title: 'new' })).toMatchObject({ version: 6 })
    expect(failures).toBe(13)
    failures = -50
    await expect(same.update({ id: 1 }, oneOf('6'), {})).rejects.toBe(deadlock)
  })
})
