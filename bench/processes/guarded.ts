import express, { type Express } from 'express'
import { ifMatch, problems, type Ledger } from 'express-if-match'
import { postgresLedger, postgresTable } from 'express-if-match/postgres'
import { redisLedger } from 'express-if-match/redis'
import { Redis } from 'ioredis'
import pg from 'pg'

export const POSTGRES_URL = process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test'
export const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'

/** What guards the writes, and where its state is. */
export const WAYS = ['claims, PostgreSQL', 'table, PostgreSQL', 'claims, Redis'] as const
export type Way = (typeof WAYS)[number]
export type LedgerWay = Exclude<Way, 'table, PostgreSQL'>

interface Article {
  readonly id: number
  readonly title: string
  readonly version: string
}

/** One API that several processes serve; `name` is that of its tables, and of whoever is connected for it. */
export function guarded(way: Way, name: string): Express {
  const app = express().use(express.json())
  if (way === 'table, PostgreSQL') {
    const table = postgresTable<Article, pg.Pool>(poolOf(name), { name: `${name}_rows`, columns: ['title'] })
    const articles = ifMatch({ key: 'articles/:id', table })
    const save = articles.wrap(
      async (req, res, write) => {
        res.json(await write.update({ title: (req.body as Article).title }))
      },
      { required: false },
    )
    return app.put('/articles/:id', save).use(problems())
  }
  const articles = ifMatch({ key: 'articles/:id', ledger: ledgerOn(way, name) })
  // what the handler does is not measured: the claim and the settlement are
  app.put('/articles/:id', articles.guard({ required: false }), (req, res) => {
    res.json(req.body)
  })
  return app.use(problems())
}

export function ledgerOn(way: LedgerWay, name: string): Ledger {
  return way === 'claims, Redis'
    ? redisLedger(new Redis(REDIS_URL), { prefix: `${name}:` })
    : postgresLedger(poolOf(name), { table: name })
}

function poolOf(name: string): pg.Pool {
  return new pg.Pool({ connectionString: POSTGRES_URL, max: 10, application_name: name })
}
