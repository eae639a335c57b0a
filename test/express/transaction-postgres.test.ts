import express, { type Response } from 'express'
import { ifMatch, problems, type LedgerWrite, type TransactionOptions } from 'express-if-match'
import { postgresLedger, type PostgresQueries } from 'express-if-match/postgres'
import { expect, it } from 'vitest'
import { gate, serve } from '../support/api.js'
import { lastResort } from '../support/orders.js'
import { postgres } from '../support/servers.js'
import { postgresDatabase } from '../stores/postgres-database.js'

interface Run {
  readonly res: Response
  readonly key: string
  readonly run: number
  readonly seen: number
}

postgres.describe('a transaction on PostgreSQL that a serialization failure ends', () => {
  const database = postgresDatabase()
  let tables = 0

  /** Two writers who each count both rows before either has written its own: only one of them can be first. */
  async function skew(
    options: TransactionOptions,
    guarded: { transaction: boolean },
    answer: (run: Run) => void,
  ) {
    await database.sql('DROP TABLE IF EXISTS docs; CREATE TABLE docs (id text PRIMARY KEY, n int)')
    await database.sql("INSERT INTO docs VALUES ('a', 0), ('b', 0)")
    // a commit takes as long as on a busy disk: who begins again at once only meets the same transaction again
    const slow = `-c search_path=${database.schema} -c commit_delay=20000 -c commit_siblings=0`
    const ledger = postgresLedger(database.pool({ options: slow }), {
      isolation: 'serializable',
      table: `ledger_${(tables += 1)}`,
    })
    const guards = ifMatch({ ledger, key: 'docs/:id', required: false })
    const both = gate()
    const runs: Record<string, number> = { a: 0, b: 0 }
    const app = express()
    app.put(
      '/docs/:id',
      guards.wrap(async (req, res, write: LedgerWrite) => {
        const key = req.params['id']
        await write.transaction(async (client) => {
          const db = client as PostgresQueries
          const { rows } = await db.query('SELECT sum(n)::int AS n FROM docs')
          const run = (runs[key] = (runs[key] ?? 0) + 1)
          answer({ res, key, run, seen: (rows[0] as { n: number }).n })
          if (runs['a'] === 1 && runs['b'] === 1) both.open()
          await both.opened
          await db.query('UPDATE docs SET n = n + 1 WHERE id = $1', [key])
        }, options)
      }, guarded),
    )
    const send = await serve(app.use(problems()).use(lastResort))
    const answers = await Promise.all([send('PUT', '/docs/a'), send('PUT', '/docs/b')])
    const records = await ledger.getMany(['docs/a', 'docs/b'])
    const rows = (await database.sql('SELECT n FROM docs ORDER BY id')).map(({ n }) => n)
    return { answers, records, rows, runs: [runs['a'], runs['b']] }
  }

  it.each([{ transaction: false }, { transaction: true }])('is repeated: %o', async (guarded) => {
    const { answers, records, rows, runs } = await skew(
      { repeatable: true },
      guarded,
      ({ res, run, seen }) => {
        res.set(`X-Run-${run}`, 'here').json({ run, seen })
      },
    )
    // while the first has not committed yet, the second may come too early again
    const last = Math.max(...runs.map(Number))
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
      [200, undefined],
      [200, undefined],
    ])
    expect(runs.toSorted()).toEqual([1, last])
    expect(last).toBeGreaterThan(1)
    // the second is told what it saw when it came second
    expect(answers.map(({ json }) => json).toSorted((a, b) => a.run - b.run)).toEqual([
      { run: 1, seen: 0 },
      { run: last, seen: 1 },
    ])
    for (const { headers, json } of answers) {
      const shown = Object.keys(headers).filter((name) => name.startsWith('x-run'))
      expect(shown).toEqual([`x-run-${json.run}`])
    }
    expect(records).toMatchObject([
      { count: 1, claim: null },
      { count: 1, claim: null },
    ])
    expect(rows).toEqual([1, 1])
  })

  it.each([{ transaction: false }, { transaction: true }])(
    'is a transaction-conflict: %o',
    async (guarded) => {
      const { answers, records, rows, runs } = await skew({}, guarded, ({ res, run }) => {
        res.status(201).json({ run })
      })
      expect(runs).toEqual([1, 1])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409])
      const lost = answers.findIndex(({ status }) => status === 409)
      const resource = ['docs/a', 'docs/b'][lost]
      expect(answers[lost]?.problem).toMatchObject({ code: 'transaction-conflict', resource, applied: 'no' })
      expect(records[lost]).toMatchObject({ count: 0, claim: null })
      expect([rows[lost], rows[1 - lost]]).toEqual([0, 1])
    },
  )
})
