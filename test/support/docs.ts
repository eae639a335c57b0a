import express, { type Request, type Response } from 'express'
import {
  ifMatch,
  preconditionOf,
  problems,
  type GuardOptions,
  type LedgerOptions,
  type LedgerWrite,
} from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import Database from 'libsql'
import { gate, serve } from './api.js'
import { lastResort } from './orders.js'

type Db = Database.Database
type Write = LedgerWrite<Db>
export type DocHandler = (req: Request, res: Response, write: Write) => unknown

/** A text in a SQLite database, with the ledger beside it; `mode` is how its writes are guarded. */
export function docs(handler: DocHandler, mode: GuardOptions = {}, options: Partial<LedgerOptions<Db>> = {}) {
  const db = new Database(':memory:')
  const ledger = sqliteLedger(db)
  db.exec("CREATE TABLE docs (text TEXT); INSERT INTO docs VALUES ('first')")
  const guards = ifMatch({ ledger, key: 'docs/:id', ...options })
  const app = express().use(express.json())
  app.get('/docs/:id', guards.read(), (_req, res) => res.json({ text: text() }))
  app.put('/docs/:id', guards.wrap(handler, mode))
  app.patch('/docs/:id', guards.guard(mode), (req, res) => handler(req, res, preconditionOf<Write>(req)))
  const plain = gate()
  const inside = gate()
  // a writer that holds a claim until the test lets it go
  app.put('/held/docs/:id', guards.guard({ required: false }), async (_req, res) => {
    inside.open()
    await plain.opened
    res.json({})
  })
  const text = () => (db.prepare('SELECT text FROM docs').all() as { text: string }[])[0]?.text
  const served = serve(app.use(problems()).use(lastResort))
  const version = () => ledger.get('docs/1').count
  const tag = async () => (await (await served)('GET', '/docs/1')).headers.etag ?? ''
  return { ledger, text, version, tag, served, plain, inside, guards }
}

export const save: DocHandler = async (req, res, write) => {
  await write.transaction((db) => void db.prepare('UPDATE docs SET text = ?').run(req.body.text))
  res.json({ ok: true })
}
