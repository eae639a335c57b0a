import { postgresTable } from 'express-if-match/postgres'
import pg from 'pg'
import { CHANGE, ROWS, type Article, type Articles } from './articles.js'

/** One pool for both; neither names its statements, so both are prepared anew each time. */
export async function postgresArticles(): Promise<Articles> {
  const connectionString = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test'
  const pool = new pg.Pool({ connectionString, max: 16 })
  const name = `bench_articles_${process.pid}`
  await pool.query(
    `CREATE TABLE ${name} (id integer PRIMARY KEY, title text NOT NULL, text text NOT NULL, version integer NOT NULL)`,
  )
  await pool.query(
    `INSERT INTO ${name} SELECT n, $1, $2, 1 FROM generate_series(0, $3::integer - 1) AS rows (n)`,
    [CHANGE.title, CHANGE.text, ROWS],
  )
  const update = `UPDATE ${name} SET title = $1, text = $2, version = version + 1 WHERE id = $3 RETURNING *`
  return {
    name: 'PostgreSQL',
    plain: {
      'the same UPDATE … RETURNING without a condition': async (id) =>
        (await pool.query<Article>(update, [CHANGE.title, CHANGE.text, id])).rows[0]!,
    },
    table: postgresTable<Article>(pool, { name, columns: ['title', 'text'] }),
    async close() {
      await pool.query(`DROP TABLE ${name}`)
      await pool.end()
    },
  }
}
