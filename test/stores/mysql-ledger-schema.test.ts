import { expect, it } from 'vitest'
import { unseen } from '../../src/core/record.js'
import { mysqlLedger, mysqlLedgerSchema } from '../../src/stores/mysql.js'
import { mysql } from '../support/servers.js'
import { coded, database, rows, tableName, through } from './mysql-support.js'

const first = {
  from: { count: 0, token: null, beat: 0 },
  to: { count: 1, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false },
}

mysql.describe('the table of a mysqlLedger', () => {
  const server = database()

  it('is made by those who come first, all at once, and once', async () => {
    const table = tableName()
    const ledgers = Array.from({ length: 6 }, () =>
      mysqlLedger(server.pool('MariaDB', { connectionLimit: 2 }), { table }),
    )
    const steps = ledgers.flatMap((ledger, n) => [
      ledger.get('k'),
      ledger.compareAndSwap(`k/${n}`, first),
      ledger.getMany(['k']),
    ])
    await Promise.all(steps)
    expect(await ledgers[0]!.getMany(['k', 'k/0', 'k/5'])).toMatchObject([
      { count: 0 },
      { count: 1 },
      { count: 1 },
    ])
  })

  it('is looked at once', async () => {
    const pool = server.pool()
    let looks = 0
    const counting = through(pool, (sql, send) => {
      if (sql.startsWith('SHOW')) looks++
      return send()
    })
    const ledger = mysqlLedger(counting, { table: tableName() })
    await Promise.all([ledger.get('a'), ledger.get('b')])
    const before = looks
    await ledger.get('c')
    expect(looks).toBe(before)
  })

  it('is only looked for with `create: false`; once it is there the same handle finds it', async () => {
    const pool = server.pool()
    const table = `or"ders\`'; DROP TABLE x; --`
    const ledger = mysqlLedger(pool, { table, create: false })
    const ddl = mysqlLedgerSchema({ table })
    await expect(ledger.get('k')).rejects.toEqual(coded('ERR_STORE_SCHEMA', ddl))
    await pool.query(ddl)
    expect(await ledger.get('k')).toEqual(unseen())
    expect((await ledger.compareAndSwap('k', first)).swapped).toBe(true)
    // the statement may be run again
    await pool.query(ddl)
    expect((await ledger.get('k')).count).toBe(1)
    await pool.query(`DROP TABLE \`or"ders\`\`'; DROP TABLE x; --\``)
    await expect(ledger.get('k')).rejects.toEqual(coded('ERR_STORE_SCHEMA'))
  })

  it('may be in another database, of whatever name', async () => {
    const pool = server.pool()
    const schema = `${server.name}_\`'"; --`
    const quoted = `\`${schema.replaceAll('`', '``')}\``
    await pool.query(`CREATE DATABASE ${quoted}`)
    try {
      const ledger = mysqlLedger(pool, { schema })
      expect((await ledger.compareAndSwap('k', first)).swapped).toBe(true)
      expect(await rows(pool, `SELECT count FROM ${quoted}.if_match_ledger`)).toEqual([{ count: 1 }])
    } finally {
      await pool.query(`DROP DATABASE ${quoted}`)
    }
    await expect(mysqlLedger(pool, { schema: 'if_match_nowhere' }).get('k')).rejects.toEqual(
      coded('ERR_STORE_SCHEMA', 'if_match_nowhere'),
    )
  })

  it.each([
    ['a column is missing', (ddl: string) => ddl.replace('`settled`', '`other`'), 'settled is missing'],
    [
      'a collation may take two keys for one',
      (ddl: string) => ddl.replace('VARBINARY(700)', 'VARCHAR(700)'),
      'key is',
    ],
    ['the key has no room', (ddl: string) => ddl.replace('VARBINARY(700)', 'VARBINARY(699)'), 'key is'],
    ['the key is not unique', (ddl: string) => ddl.replace('NOT NULL PRIMARY KEY', 'NOT NULL'), 'not unique'],
    ['nothing can be rolled back', (ddl: string) => ddl.replace('InnoDB', 'MyISAM'), 'no transactions'],
  ])('is refused where %s', async (_, changed, problem) => {
    const pool = server.pool()
    const table = tableName()
    await pool.query(changed(mysqlLedgerSchema({ table })))
    const ledger = mysqlLedger(pool, { table })
    for (let tries = 0; tries < 2; tries++)
      await expect(ledger.get('k')).rejects.toEqual(coded('ERR_STORE_SCHEMA', problem))
  })

  it('has rows of the ledger and of nobody else', async () => {
    const pool = server.pool()
    const table = tableName()
    const ledger = mysqlLedger(pool, { table })
    await ledger.compareAndSwap('k', first)
    for (const [column, value] of [
      ['count', '-1'],
      ['count', '9007199254740993'],
      ['existence', "'gone'"],
      ['beat', '1'],
    ]) {
      await pool.query(`UPDATE ${table} SET \`${column}\` = ${value}`)
      await expect(ledger.get('k')).rejects.toEqual(coded('ERR_STORE_SCHEMA', column))
      await pool.query(`UPDATE ${table} SET count = 1, existence = 'unknown', beat = 0`)
    }
  })
})

mysql.describe('a client of a mysqlLedger', () => {
  const server = database()

  it.each([
    ['autocommit', 'SET SESSION autocommit = 0', 'autocommit on'],
    ['isolation', 'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED', 'what is committed'],
  ])('is refused where its %s makes reads tell what is not so', async (_, setting, problem) => {
    const connection = await server.connection()
    await connection.query(setting)
    const ledger = mysqlLedger(connection, { table: tableName() })
    await expect(ledger.get('k')).rejects.toEqual(coded('ERR_OPTION_INVALID', problem))
  })

  it('must be one', () => {
    for (const client of [undefined, null, {}, { query: () => 1 }, 'mysql://'])
      expect(() => mysqlLedger(client as never)).toThrow(coded('ERR_OPTION_INVALID', 'mysqlLedger(client)'))
  })

  it.each([
    ['tabel', { tabel: 'x' }, 'ERR_OPTION_UNKNOWN'],
    ['table', { table: '' }, 'ERR_OPTION_INVALID'],
    ['table', { table: 'a\0b' }, 'ERR_OPTION_INVALID'],
    ['table', { table: 'a ' }, 'ERR_OPTION_INVALID'],
    ['table', { table: '😀' }, 'ERR_OPTION_INVALID'],
    ['table', { table: 'x'.repeat(65) }, 'ERR_OPTION_INVALID'],
    ['schema', { schema: 7 }, 'ERR_OPTION_INVALID'],
    ['create', { create: 'yes' }, 'ERR_OPTION_INVALID'],
    ['epoch', { epoch: 'A' }, 'ERR_OPTION_INVALID'],
    ['epoch', { epoch: 'x'.repeat(33) }, 'ERR_OPTION_INVALID'],
  ])('comes with options that are known: %s %j', (name, options, code) => {
    expect(() => mysqlLedger(server.pool(), options as never)).toThrow(coded(code, name))
  })

  it('gives its versions the epoch that it is told', () => {
    expect(mysqlLedger(server.pool()).epoch).toBe('')
    expect(mysqlLedger(server.pool(), { epoch: 'b2' }).epoch).toBe('b2')
  })
})
