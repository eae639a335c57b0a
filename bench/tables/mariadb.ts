import { mysqlTable } from 'express-if-match/mysql'
import mysql, { type RowDataPacket } from 'mysql2/promise'
import { CHANGE, ROWS, type Article, type Articles } from './articles.js'

/**
 * MariaDB has no UPDATE … RETURNING: who answers with the row as it was written asks for it. Neither side prepares its
 * statements.
 */
export async function mariadbArticles(): Promise<Articles> {
  const uri = process.env['MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/test'
  const pool = mysql.createPool({ uri, connectionLimit: 16 })
  const name = `bench_articles_${process.pid}`
  await pool.query(
    `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, version INTEGER NOT NULL)`,
  )
  await pool.query(`INSERT INTO ${name} VALUES ?`, [
    Array.from({ length: ROWS }, (_, id) => [id, CHANGE.title, CHANGE.text, 1]),
  ])
  const update = `UPDATE ${name} SET title = ?, text = ?, version = version + 1 WHERE id = ?`
  const write = (id: number) => pool.query(update, [CHANGE.title, CHANGE.text, id])
  return {
    name: 'MariaDB',
    plain: {
      'UPDATE without a condition, then SELECT': async (id) => {
        await write(id)
        const [rows] = await pool.query<(Article & RowDataPacket)[]>(`SELECT * FROM ${name} WHERE id = ?`, [
          id,
        ])
        return rows[0]!
      },
      'UPDATE without a condition, whose row nobody reads': async (id) => {
        await write(id)
        return undefined
      },
    },
    table: mysqlTable<Article>(pool, { name, columns: ['title', 'text'] }),
    async close() {
      await pool.query(`DROP TABLE ${name}`)
      await pool.end()
    },
  }
}
