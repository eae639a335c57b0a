import express from 'express'
import { ifMatch, problems, type LedgerWrite } from 'express-if-match'
import { postgresLedger, type PostgresQueries } from 'express-if-match/postgres'
import { expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { lastResort } from '../support/orders.js'
import { postgres } from '../support/servers.js'
import { postgresDatabase } from '../stores/postgres-database.js'

const WRITERS = 6

postgres.describe('a transaction on PostgreSQL that had to wait for others', () => {
  const database = postgresDatabase()
  let tables = 0

  /** Each adds one to the row of its key; the first goes on only when all others wait for a lock. */
  async function queue(options: { moves?: string } = {}) {
    await database.sql('DROP TABLE IF EXISTS docs; CREATE TABLE docs (id text PRIMARY KEY, n int)')
    await database.sql("INSERT INTO docs VALUES ('a', 0), ('b', 0)")
    const name = database.schema
    const ledger = postgresLedger(database.pool({ application_name: name, max: WRITERS }), {
      table: `waits_${(tables += 1)}`,
    })
    const guards = ifMatch({
      ledger,
      key: 'docs/:id',
      required: false,
      moves: (req) => (req.headers['x-moves'] === undefined ? [] : [String(req.headers['x-moves'])]),
    })
    const state = { waits: false }
    const waiting = async () => {
      const [row] = await database.sql(
        'SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = $1 AND cardinality(pg_blocking_pids(pid)) > 0',
        [name],
      )
      return row?.n
    }
    const app = express()
    app.get('/docs/:id', guards.read(), (_req, res) => void res.json({}))
    app.post(
      '/docs/:id',
      guards.wrap(
        async (req, res, write: LedgerWrite) => {
          const n = await write.transaction(async (client) => {
            if (state.waits) {
              state.waits = false
              await expect.poll(waiting, { timeout: 5_000 }).toBe(WRITERS - 1)
            }
            const db = client as PostgresQueries
            const sql = 'UPDATE docs SET n = n + 1 WHERE id = $1 RETURNING n'
            return (await db.query(sql, [req.params['id']])).rows[0] as { n: number }
          })
          res.json(n)
        },
        { transaction: true },
      ),
    )
    const send = await serve(app.use(problems()).use(lastResort))
    /** all at once, and what each was answered */
    const together = (headers: Record<string, string>, ids: (index: number) => string = () => 'a') => {
      state.waits = true
      return Promise.all(
        Array.from({ length: WRITERS }, (_, index) => {
          const id = ids(index)
          const moves = options.moves === undefined ? {} : { 'X-Moves': `docs/${id === 'a' ? 'b' : 'a'}` }
          return send('POST', `/docs/${id}`, { headers: { ...headers, ...moves } })
        }),
      )
    }
    return { ledger, send, together }
  }

  it('goes on from what they left, where it names no version (P3)', async () => {
    const { ledger, together } = await queue()
    // of a key that nobody has seen, and of one that is stored
    for (const before of [0, WRITERS]) {
      const answers = await together({})
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
      // each says the version that its own commit made: as often as the row had been written then
      const tags = answers.map(({ headers, json }) => [headers.etag, json.n])
      expect(tags.every(([tag, n]) => tag === `"${String(n)}"`)).toBe(true)
      expect(new Set(tags.map(([tag]) => tag)).size).toBe(WRITERS)
      expect(await ledger.get('docs/a')).toMatchObject({ count: before + WRITERS, claim: null })
    }
  })

  it('is stale, where it names the version that they moved past', async () => {
    const { ledger, send, together } = await queue()
    const { headers } = await send('GET', '/docs/a')
    const answers = await together({ 'If-Match': headers.etag! })
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409, 409])
    const lost = answers.filter(({ status }) => status === 409)
    expect(lost.map(({ problem }) => problem.code)).toEqual(lost.map(() => 'version-conflict'))
    expect(await ledger.get('docs/a')).toMatchObject({ count: 1, claim: null })
    expect(await database.sql("SELECT n FROM docs WHERE id = 'a'")).toEqual([{ n: 1 }])
  })

  it('meets nobody in a deadlock, where each also moves the key of the other', async () => {
    const { ledger, together } = await queue({ moves: 'crossed' })
    for (const rounds of [1, 2]) {
      const answers = await together({}, (index) => (index % 2 === 0 ? 'a' : 'b'))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
      const counts = (await ledger.getMany(['docs/a', 'docs/b'])).map(({ count }) => count)
      expect(counts).toEqual([rounds * WRITERS, rounds * WRITERS])
    }
  })
})
