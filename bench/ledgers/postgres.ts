import { postgresLedger } from 'express-if-match/postgres'
import pg from 'pg'
import { KEYS, LEASE, keyOf, type Claimed } from './claimed.js'

/** The plain statements write a table of the ledger's own shape, over the same pool; none of them is named. */
export async function postgresClaimed(): Promise<Claimed> {
  const connectionString = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test'
  const pool = new pg.Pool({ connectionString, max: 16 })
  const table = `bench_ledger_${process.pid}`
  const plain = `bench_plain_${process.pid}`
  const ledger = postgresLedger(pool, { table })
  await ledger.get(keyOf(0))
  await pool.query(`CREATE TABLE ${plain} (LIKE ${table} INCLUDING ALL)`)
  await pool.query(
    `INSERT INTO ${plain} (key, count, existence, fence, beat, lease, doubtful)
      SELECT $1 || n, 1, 'present', 0, 0, 0, false FROM generate_series(0, $2::integer - 1) AS rows (n)`,
    [keyOf(0).slice(0, -1), KEYS],
  )
  // of a claim all that a claim sets, of a settle all that a settle sets
  const claim = `UPDATE ${plain} SET fence = fence + 1, token = $2, beat = $3, lease = $4,
    expires = clock_timestamp() + $4::bigint * interval '1 millisecond', doubtful = $5 WHERE key = $1 RETURNING *`
  const settle = `UPDATE ${plain} SET count = count + 1, existence = $2, token = NULL, beat = $3, lease = $4,
    expires = NULL, doubtful = $5, settled = $6 WHERE key = $1 RETURNING *`
  const short = `UPDATE ${plain} SET token = $2 WHERE key = $1 RETURNING *`
  return {
    name: 'PostgreSQL',
    ledger,
    plain: {
      'two UPDATE … RETURNING that set the same without a condition': async (index, token) => {
        await pool.query(claim, [keyOf(index), token, 0, LEASE, false])
        await pool.query(settle, [keyOf(index), 'present', 0, 0, false, token])
      },
      'two UPDATE … RETURNING of one column': async (index, token) => {
        await pool.query(short, [keyOf(index), token])
        await pool.query(short, [keyOf(index), null])
      },
    },
    async close() {
      await pool.query(`DROP TABLE ${table}, ${plain}`)
      await pool.end()
    },
  }
}
