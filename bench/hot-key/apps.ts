import express, { type Express } from 'express'
import { ifMatch, problems } from 'express-if-match'
import { postgresTable } from 'express-if-match/postgres'
import { redisLedger } from 'express-if-match/redis'
import { Redis } from 'ioredis'
import pg from 'pg'

export interface Counter {
  readonly n: number
}

interface CounterRow extends Counter {
  readonly id: number
  readonly version: number
}

/** Counters behind a guarded API: POST makes one, GET reads it, PUT counts it. */
export interface CounterApp {
  readonly app: Express
  readonly close: () => Promise<void>
}

/** Each counter is a row, and the write is the swap. */
export async function postgresCounters(url: string): Promise<CounterApp> {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  const name = `hot_key_${process.pid}_${Math.floor(performance.now())}`
  await pool.query(
    `CREATE TABLE ${name} (id integer PRIMARY KEY, n integer NOT NULL, version integer NOT NULL)`,
  )
  const table = postgresTable<CounterRow>(pool, { name, columns: ['n'] })
  const counters = ifMatch({ key: 'counters/:id', table, represent: (row) => row })

  const app = express().use(express.json())
  app.post('/counters/:id', async (req, res) => {
    await pool.query(`INSERT INTO ${name} VALUES ($1, 0, 1)`, [req.params.id])
    res.sendStatus(201)
  })
  app.get('/counters/:id', async (req, res) => counters.send(res, await table.find({ id: req.params.id })))
  app.put(
    '/counters/:id',
    counters.wrap(async (req, res, write) => {
      counters.send(res, await write.update({ n: (req.body as Counter).n }))
    }),
  )
  app.use(problems())
  return {
    app,
    async close() {
      await pool.query(`DROP TABLE ${name}`)
      await pool.end()
    },
  }
}

/** Each counter is a text that its handler sets under a claim. */
export function redisCounters(url: string): CounterApp {
  const redis = new Redis(url)
  const prefix = `hot-key:${process.pid}:${Math.floor(performance.now())}`
  const counters = ifMatch({
    key: 'counters/:id',
    ledger: redisLedger(redis, { prefix: `${prefix}:ledger:` }),
  })

  const app = express().use(express.json())
  app.post('/counters/:id', async (req, res) => {
    await redis.set(`${prefix}:${req.params.id}`, 0)
    res.sendStatus(201)
  })
  app.get('/counters/:id', counters.read(), async (req, res) => {
    res.json({ n: Number(await redis.get(`${prefix}:${req.params['id']}`)) })
  })
  app.put(
    '/counters/:id',
    counters.wrap(async (req, res) => {
      const { n } = req.body as Counter
      await redis.set(`${prefix}:${req.params.id}`, n)
      res.json({ n })
    }),
  )
  app.use(problems())
  return {
    app,
    async close() {
      await redis.del('hot-key:none', ...(await redis.keys(`${prefix}*`)))
      await redis.quit()
    },
  }
}
