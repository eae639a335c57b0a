import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import Database from 'libsql'
import express, { type Express, type Request, type Response } from 'express'
import { onTestFinished } from 'vitest'
import { ifMatch, memoryLedger, memoryTable, problems, type Ledger } from '../../src/index.js'
import { sqliteLedger, sqliteTable } from '../../src/stores/sqlite.js'

export interface Answer {
  readonly status: number
  readonly etag: string | null
  readonly body: Record<string, unknown>
}

export type Client = (
  method: string,
  path: string,
  headers?: Record<string, string>,
  body?: unknown,
) => Promise<Answer>

/** Serves an app on loopback for one test; the answer sends requests to it. */
export async function serve(app: RequestListener): Promise<Client> {
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return async (method, path, headers = {}, body) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { ...json, ...headers },
      ...init,
    })
    const text = await answer.text()
    const type = answer.headers.get('content-type') ?? ''
    return {
      status: answer.status,
      etag: answer.headers.get('etag'),
      body: (type.includes('json') && text !== '' ? JSON.parse(text) : {}) as Record<string, unknown>,
    }
  }
}

/** A handler's time: waits until it is let go on, or not at all. */
export interface Gate {
  readonly reached: Promise<void>
  open(): void
  wait(): Promise<void>
}

export function gate(): Gate {
  let reach = () => {}
  let open = () => {}
  const reached = new Promise<void>((resolve) => (reach = resolve))
  const opened = new Promise<void>((resolve) => (open = resolve))
  return {
    reached,
    open: () => {
      open()
    },
    wait: () => {
      reach()
      return opened
    },
  }
}

/** A turn of the event loop, so that handlers that run at once truly interleave. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export interface Article {
  id: string
  title: string
  version: number
}

/** The same API in each way of writing, over data that a handler changes with a pause in the middle. */
export const WAYS = {
  'guard, memory ledger': () => legacy(memoryLedger(), 'guard'),
  'wrap, memory ledger': () => legacy(memoryLedger(), 'wrap'),
  'a whole tree': () => legacy(memoryLedger(), 'tree'),
  'guard, SQLite ledger': () => legacy(sqliteLedger(new Database(':memory:')), 'guard'),
  'transaction, SQLite ledger': () => transactional(),
  'current, with where()': () => ownVersion(),
  'memory table': () => table('memory'),
  'SQLite table': () => table('sqlite'),
} satisfies Record<string, () => Express>

function legacy(ledger: Ledger, style: 'guard' | 'wrap' | 'tree'): Express {
  const articles = new Map([['1', { title: 'first' }]])
  const guarded = ifMatch({ ledger, ...(style === 'tree' ? {} : { key: 'articles/:id' }) })
  const save = async (req: Request, res: Response) => {
    await turn()
    articles.set('1', req.body as { title: string })
    await turn()
    res.json(articles.get('1'))
  }
  const app = express()
  if (style === 'tree') app.use(guarded)
  app.use(express.json())
  const none = (_req: unknown, _res: unknown, next: () => void) => {
    next()
  }
  app.get('/articles/:id', style === 'tree' ? none : guarded.read(), (_req, res) => {
    res.json(articles.get('1'))
  })
  if (style === 'tree') app.put('/articles/:id', save)
  else if (style === 'guard') app.put('/articles/:id', guarded.guard(), save)
  else app.put('/articles/:id', guarded.wrap(save))
  return app.use(problems())
}

function transactional(): Express {
  const db = new Database(':memory:')
  db.exec(`CREATE TABLE articles (id TEXT PRIMARY KEY, title TEXT)`)
  db.exec(`INSERT INTO articles VALUES ('1', 'first')`)
  const guarded = ifMatch({ ledger: sqliteLedger(db), key: 'articles/:id' })
  const app = express().use(express.json())
  app.get('/articles/:id', guarded.read(), (_req, res) => {
    res.json(db.prepare('SELECT title FROM articles').get())
  })
  const save = async (
    req: Request,
    res: Response,
    write: Parameters<Parameters<typeof guarded.wrap>[0]>[2],
  ) => {
    await turn()
    const { title } = req.body as Article
    await write.transaction(() => db.prepare('UPDATE articles SET title = ?').run(title))
    res.json({ title })
  }
  app.put('/articles/:id', guarded.wrap(save, { transaction: true }))
  return app.use(problems())
}

function ownVersion(): Express {
  const row: Article = { id: '1', title: 'first', version: 1 }
  const guarded = ifMatch({ key: 'articles/:id', current: () => ({ ...row }), version: 'version' })
  const app = express().use(express.json())
  app.get('/articles/:id', (_req, res) => {
    guarded.send(res, row)
  })
  const save = async (
    req: Request,
    res: Response,
    write: Parameters<Parameters<typeof guarded.wrap>[0]>[2],
  ) => {
    const where = write.where()
    await turn()
    if (where.version !== undefined && where.version !== row.version) return write.missed()
    Object.assign(row, { title: (req.body as Article).title, version: row.version + 1 })
    await turn()
    guarded.send(res, row)
  }
  app.put('/articles/:id', guarded.wrap(save))
  return app.use(problems())
}

function table(kind: 'memory' | 'sqlite'): Express {
  const app = express().use(express.json())
  const db = new Database(':memory:')
  db.exec(`CREATE TABLE articles (id TEXT PRIMARY KEY, title TEXT, version INTEGER)`)
  db.exec(`INSERT INTO articles VALUES ('1', 'first', 1)`)
  const rows =
    kind === 'memory'
      ? memoryTable<Article>({ columns: ['title'], rows: [{ id: '1', title: 'first', version: 1 }] })
      : sqliteTable<Article>(db, { name: 'articles', id: 'id', version: 'version', columns: ['title'] })
  const guarded = ifMatch<Article>({ key: 'articles/:id', table: rows })
  app.get('/articles/:id', guarded.read(), (_req, res) => {
    res.json(rows.find({ id: '1' }))
  })
  app.put(
    '/articles/:id',
    guarded.wrap(async (req: Request, res: Response, write) => {
      await turn()
      const row = await write.update({ title: (req.body as Article).title })
      await turn()
      res.json(row)
    }),
  )
  return app.use(problems())
}
