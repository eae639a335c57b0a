import type { AddressInfo } from 'node:net'
import express from 'express'
import { ifMatch, problems } from 'express-if-match'
import { createClient, type Client } from 'express-if-match/client'
import { postgresTable } from 'express-if-match/postgres'
import pg from 'pg'

export interface Counter {
  readonly id: number
  readonly n: number
  readonly version: number
}

/** How one client counts one up. */
export type Strategy = (client: Client, url: string) => Promise<unknown>

export interface Result {
  /** clients that have finished, and what the counter says: both as many as there are, or something was lost */
  readonly finished: number
  readonly counted: number
  /** writes that were refused */
  readonly wasted: number
  readonly reads: number
  /** ms from the common start until the last commit */
  readonly took: number
}

export interface Contention {
  run(clients: number, strategy: Strategy): Promise<Result>
  close(): Promise<void>
}

/** One row of PostgreSQL behind a guarded API, which many clients change at once over HTTP. */
export async function contention(url: string): Promise<Contention> {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  const name = `hot_key_${process.pid}_${Math.floor(performance.now())}`
  await pool.query(
    `CREATE TABLE ${name} (id integer PRIMARY KEY, n integer NOT NULL, version integer NOT NULL)`,
  )
  const table = postgresTable<Counter>(pool, { name, columns: ['n'] })
  const counters = ifMatch({ key: 'counters/:id', table, represent: (row) => row })
  let [wasted, reads, last] = [0, 0, 0]

  const app = express().use(express.json())
  app.use((req, res, next) => {
    res.once('finish', () => {
      if (req.method === 'GET') reads += 1
      else if (res.statusCode === 409) wasted += 1
      else last = performance.now()
    })
    next()
  })
  app.get('/counters/:id', async (req, res) => counters.send(res, await table.find({ id: req.params.id })))
  app.put(
    '/counters/:id',
    counters.wrap(async (req, res, write) => {
      counters.send(res, await write.update({ n: (req.body as Counter).n }))
    }),
  )
  app.use(problems())
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const resource = `http://127.0.0.1:${(server.address() as AddressInfo).port}/counters/1`

  return {
    async run(clients, strategy) {
      await pool.query(`DELETE FROM ${name}`)
      await pool.query(`INSERT INTO ${name} VALUES (1, 0, 1)`)
      const all = Array.from({ length: clients }, () => createClient())
      await Promise.all(all.map((client) => client.get(resource)))
      ;[wasted, reads] = [0, 0]
      const began = performance.now()
      const ends = await Promise.allSettled(all.map((client) => strategy(client, resource)))
      const { rows } = await pool.query<Counter>(`SELECT n FROM ${name}`)
      const finished = ends.filter(({ status }) => status === 'fulfilled').length
      return { finished, counted: rows[0]?.n ?? 0, wasted, reads, took: last - began }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await pool.query(`DROP TABLE ${name}`)
      await pool.end()
    },
  }
}

export const increment = (counter: Counter): Counter => ({ ...counter, n: counter.n + 1 })
