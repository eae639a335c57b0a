import { PGlite } from '@electric-sql/pglite'
import express, { type ErrorRequestHandler } from 'express'
import { ifMatch, problems, type Ledger, type Table } from 'express-if-match'
import { postgresLedger, postgresTable } from 'express-if-match/postgres'
import { sqliteLedger, sqliteTable } from 'express-if-match/sqlite'
import Database from 'libsql'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isRolledBack } from '../../src/core/rolled-back.js'
import { transact } from '../../src/stores/postgres/transaction.js'
import { postgresDatabase } from '../stores/postgres-database.js'
import { serve } from '../support/api.js'
import { postgres } from '../support/servers.js'

interface Row {
  id: number
  parent: number
  version: number
}

/** Two tables, `docs` and `parents`; a doc whose parent is missing is refused when it is committed. */
interface Subject {
  readonly ledger: Ledger
  readonly table: Table<Row>
  /** inside a transaction, as the application writes by itself */
  readonly orphan: (client: unknown) => unknown
  readonly count: () => Promise<number>
}

const TABLES = `CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE docs (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED, version BIGINT NOT NULL)`
const ORPHAN = 'INSERT INTO docs VALUES (9, 77, 1)'
const COUNT = 'SELECT count(*) AS n FROM docs'
const OPTIONS = { name: 'docs', columns: ['parent'] } as const

async function sqlite(): Promise<Subject> {
  const db = new Database(':memory:')
  db.exec(`PRAGMA foreign_keys = ON; ${TABLES}`)
  return {
    ledger: sqliteLedger(db),
    table: sqliteTable<Row>(db, OPTIONS),
    orphan: () => void db.exec(ORPHAN),
    count: async () => Number((db.prepare(COUNT).get() as { n: unknown }).n),
  }
}

async function pglite(): Promise<Subject> {
  const db = new PGlite()
  onTestFinished(() => db.close())
  await db.exec(TABLES)
  return {
    ledger: postgresLedger(db),
    table: postgresTable<Row>(db, OPTIONS),
    orphan: (client) => (client as PGlite).query(ORPHAN),
    count: async () => Number((await db.query<{ n: unknown }>(COUNT)).rows[0]?.n),
  }
}

/** The application's own error handler: a constraint of the database is a 422 of its own. */
const own: ErrorRequestHandler = (error, _req, res, next) => {
  if (/FOREIGN KEY/i.test(String(error.message))) res.status(422).json({ mine: true })
  else next(error)
}

function refused(open: () => Promise<Subject>, modes = [{ transaction: false }, { transaction: true }]) {
  it.each(modes)('on a ledger: %o', async (guarded) => {
    const { ledger, orphan, count } = await open()
    const guards = ifMatch({ ledger, key: 'docs/:id', required: false })
    const app = express()
    app.put(
      '/docs/:id',
      guards.wrap(async (_req, res, write) => {
        await write.transaction((client) => orphan(client) as void)
        res.json({})
      }, guarded),
    )
    const send = await serve(app.use(problems()).use(own))
    expect(await send('PUT', '/docs/9')).toMatchObject({ status: 422, json: { mine: true } })
    // nothing was done, and nothing is unknown: who read before may still write
    expect(await ledger.get('docs/9')).toMatchObject({ count: 0, claim: null })
    expect(await count()).toBe(0)
  })
}

function refusedOnTable(open: () => Promise<Subject>) {
  it('on a table', async () => {
    const { table, count } = await open()
    const docs = ifMatch({ table, key: 'docs/:id', required: false })
    const app = express().use(express.json())
    app.put(
      '/docs/:id',
      docs.wrap(async (_req, res, write) => {
        await write.transaction((_client, inside) => inside.insert({ parent: 77 }))
        res.json({})
      }),
    )
    const send = await serve(app.use(problems()).use(own))
    expect(await send('PUT', '/docs/9', { body: {} })).toMatchObject({ status: 422, json: { mine: true } })
    expect(await count()).toBe(0)
  })
}

describe('what SQLite refuses at the commit passes as its own error', () => {
  refused(sqlite)
  refusedOnTable(sqlite)
})

// a database of this kind takes seconds to begin with
describe('what PGlite refuses at the commit passes as its own error', () =>
  refused(pglite, [{ transaction: true }]))

postgres.describe('what PostgreSQL refuses at the commit passes as its own error', () => {
  const database = postgresDatabase()
  const open = async (): Promise<Subject> => {
    await database.sql(`DROP TABLE IF EXISTS docs, parents, if_match_ledger; ${TABLES}`)
    const pool = database.pool()
    return {
      ledger: postgresLedger(pool),
      table: postgresTable<Row>(pool, OPTIONS),
      orphan: (client) => (client as typeof pool).query(ORPHAN),
      count: async () => Number((await database.sql(COUNT))[0]?.n),
    }
  }
  refused(open)
  refusedOnTable(open)
})

it.each([
  ['23503', true],
  ['P0001', true],
  ['40003', false],
  ['57P01', false],
  ['08006', false],
  ['EPIPE', false],
  [undefined, false],
])('of a commit that failed with %s it is known that nothing was done: %s', async (code, known) => {
  const query = async (text: string) => {
    if (text.endsWith('COMMIT')) throw Object.assign(new Error('at the commit'), { code })
    return { rows: [] }
  }
  const pool = { query, totalCount: 1, connect: async () => ({ query, release: () => {} }) }
  const failed = await transact(
    { store: 'postgres', client: pool, isolation: undefined },
    () => 1,
    () => 1,
  ).catch((error: unknown) => error)
  expect(failed).toMatchObject({ message: 'at the commit' })
  expect(isRolledBack(failed)).toBe(known)
})
