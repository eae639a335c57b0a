import { expect, it } from 'vitest'
import { mysqlTable } from '../../src/stores/mysql.js'
import { mysql } from '../support/servers.js'
import { articles, type Article } from './mysql-articles.js'
import { database, NO_MATTER, rows } from './mysql-support.js'

mysql.describe('a connection that a pool lent', () => {
  const server = database()

  it('does not go back where it cannot be said what is open on it', async () => {
    const pool = server.pool('MariaDB', { connectionLimit: 1 })
    const { name } = await articles(pool)
    const ends: string[] = []
    // a rollback whose answer does not come
    const broken = {
      query: (sql: never) => pool.query(sql),
      escape: (value: unknown) => pool.escape(value),
      async getConnection() {
        const connection = await pool.getConnection()
        return {
          query: (options: { sql: string }) =>
            options.sql === 'ROLLBACK' ? Promise.reject(new Error('lost')) : connection.query(options),
          escape: (value: unknown) => connection.escape(value),
          release: () => void ends.push('released'),
          destroy: () => {
            ends.push('destroyed')
            connection.destroy()
          },
        }
      },
    }
    const table = mysqlTable<Article>(broken as never, { name, columns: ['title'] })
    await expect(table.insert({ id: 3 }, { title: 'one' })).rejects.toMatchObject({ errno: 1062 })
    await expect(table.transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(ends).toEqual(['destroyed', 'destroyed', 'destroyed'])
    expect(await rows(pool, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('in whose transaction somebody has left something is put in order, and what was left is undone', async () => {
    const pool = server.pool('MariaDB', { connectionLimit: 1 })
    const { name, table } = await articles(pool)
    await table.find({ id: 1 })
    await pool.query('START TRANSACTION')
    await pool.query(`UPDATE ${name} SET body = 'left' WHERE id = 2`)
    await expect(table.update({ id: 1 }, NO_MATTER, {})).rejects.toMatchObject({
      code: 'ERR_TRANSACTION_ASYNC',
    })
    expect(await table.update({ id: 1 }, NO_MATTER, {})).toMatchObject({ version: 6 })
    expect(await table.find({ id: 2 })).toMatchObject({ body: null })
  })
})
