import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ifMatch, problems, type TableWrite } from 'express-if-match'
import { mysqlTable } from 'express-if-match/mysql'
import { postgresTable } from 'express-if-match/postgres'
import type { Table } from '../../src/core/table.js'
import { serve } from '../support/api.js'

interface Note {
  id: string
  text: string
  version: string
}

type Write = TableWrite<Note>

/** Notes in a database that is asked for them, and whatever the guard leaves to the application's own error handler. */
async function put(table: Table<Note>, run: (write: Write) => Promise<unknown>) {
  const notes = ifMatch({ table, key: 'notes/:id' })
  const app = express().use(express.json())
  app.put(
    '/notes/:id',
    notes.wrap(async (_req: Request, res: Response, write: Write) => void res.json(await run(write))),
  )
  const own: ErrorRequestHandler = (error: Error, _req, res, _next) => {
    res.status(500).json({ own: error.message })
  }
  app.use(problems()).use(own)
  const send = await serve(app)
  return send('PUT', '/notes/1', { headers: { 'If-Match': '"1"' }, body: { text: 'new' } })
}

const COLUMNS = { name: 'notes', columns: ['text'] as const }

/** Nothing listens at the port of tcpmux. */
const TABLES: Readonly<Record<string, () => Table<Note>>> = {
  postgres() {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1, user: 'postgres' })
    onTestFinished(() => pool.end())
    return postgresTable<Note>(pool, COLUMNS)
  },
  mysql() {
    const pool = mysql.createPool({ host: '127.0.0.1', port: 1, user: 'root' })
    onTestFinished(() => pool.end())
    return mysqlTable<Note>(pool, COLUMNS)
  },
}

const STATEMENTS: Readonly<Record<string, (write: Write) => Promise<unknown>>> = {
  update: (write) => write.update({ text: 'new' }),
  delete: (write) => write.delete(),
  transaction: (write) => write.transaction((_client, inside) => inside.update({ text: 'new' })),
}

describe.each(Object.entries(TABLES))('a table on a %s that is not reached', (_name, open) => {
  it.each(Object.entries(STATEMENTS))('%s: 503, Retry-After, and nothing was written', async (_what, run) => {
    const answer = await put(open(), run)
    expect(answer).toMatchObject({ status: 503, problem: { code: 'store-unavailable', applied: 'no' } })
    expect(answer.headers['retry-after']).toBe('1')
  })
})

it('an error of another kind stays the driver’s own, for nobody knows what was written', async () => {
  const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  const table: Table<Note> = { ...TABLES.postgres!(), update: () => Promise.reject(lost) }
  expect(await put(table, STATEMENTS.update!)).toMatchObject({
    status: 500,
    json: { own: 'read ECONNRESET' },
  })
})
