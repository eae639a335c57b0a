import { randomBytes } from 'node:crypto'
import type { Express } from 'express'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { postgres } from '../support/servers.js'
import type { Reply } from '../support/api.js'
import type { Scene } from './orms-cases.js'

/** An ORM's connection to the database of the test. */
export interface OpenOrm {
  createApp(): Express
  close(): Promise<unknown>
}

/** The column that has the version, its DDL, and the SQL of a version that it did not have before. */
export interface VersionColumn {
  readonly name: string
  readonly ddl: string
  readonly next: string
}

export const COUNTED: VersionColumn = {
  name: 'version',
  ddl: 'version integer NOT NULL DEFAULT 1',
  next: 'version + 1',
}

export const UPDATED_AT: VersionColumn = {
  name: 'updated_at',
  ddl: 'updated_at timestamptz(3) NOT NULL DEFAULT now()',
  next: "updated_at + interval '1 minute'",
}

/** With a console in the same database, which knows nothing of the API. */
export interface PostgresScene extends Scene {
  readonly url: string
  readonly console: pg.Client
}

/** Runs the suite over a PostgreSQL, in a database of its own with one article in it. */
export function overPostgres(
  title: string,
  version: VersionColumn,
  open: (url: string) => OpenOrm | Promise<OpenOrm>,
  suite: (scene: PostgresScene) => void,
): void {
  postgres.describe(title, () => {
    const name = `if_match_orms_${randomBytes(6).toString('hex')}`
    const url = new URL(postgres.url)
    url.pathname = `/${name}`
    const console = new pg.Client(url.href)
    let orm: OpenOrm

    beforeAll(async () => {
      await administer(`CREATE DATABASE ${name}`)
      await console.connect()
      await console.query(`CREATE TABLE articles (id text PRIMARY KEY, title text NOT NULL, ${version.ddl})`)
      orm = await open(url.href)
    })
    beforeEach(async () => {
      await console.query("INSERT INTO articles VALUES ('1', 'Draft')")
    })
    afterEach(async () => {
      await console.query('ROLLBACK')
      await console.query('DELETE FROM articles')
    })
    afterAll(async () => {
      await orm.close()
      await console.end()
      await administer(`DROP DATABASE ${name}`)
    })

    const past = {
      write: `UPDATE articles SET title = 'past the API', ${version.name} = ${version.next}`,
      delete: 'DELETE FROM articles',
    }
    suite({
      url: url.href,
      console,
      createApp: () => orm.createApp(),
      async article() {
        const { rows } = await console.query<{ title: string }>('SELECT title FROM articles')
        return rows[0]
      },
      behind: (what, ask) => behind(console, past[what], ask),
    })
  })
}

/**
 * The statement has run and is not committed while the app looks the row up, which still shows the old version; it
 * commits once the write of the app stands behind it.
 */
async function behind(console: pg.Client, sql: string, ask: () => Promise<Reply>): Promise<Reply> {
  await console.query('BEGIN')
  await console.query(sql)
  const answer = ask()
  const tooSoon = answer.then(({ status, text }) => {
    throw new Error(`answered ${status} without a write: ${text}`)
  })
  await Promise.race([tooSoon, someoneWaitsFor(console)])
  tooSoon.catch(() => {})
  await console.query('COMMIT')
  return answer
}

async function someoneWaitsFor(console: pg.Client): Promise<void> {
  const waiting = 'SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))'
  for (;;) {
    const { rows } = await console.query(waiting)
    if (rows.length > 0) return
  }
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client(postgres.url)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
