import type { AddressInfo } from 'node:net'
import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import express, { type Express, type RequestHandler } from 'express'
import { ifMatch, memoryTable, problems } from 'express-if-match'
import { onTestFinished } from 'vitest'

/** Serves the API until the test is over; its address. */
export async function serve(api: RequestListener): Promise<string> {
  const server = createServer(api).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/articles/1`
}

export interface Article {
  id: number
  title: string
  text: string
}

export interface Articles {
  readonly app: Express
  /** what is stored, in the order in which it was written */
  readonly written: Article[]
  readonly current: () => Article
}

export const ARTICLE: Article = { id: 1, title: 'Opening hours', text: 'From nine to five.' }

/** One article, read and written without a word of versions; `before` is mounted in front. */
export function articles(...before: readonly RequestHandler[]): Articles {
  const written: Article[] = []
  const current = () => written.at(-1) ?? ARTICLE
  const app = express().set('etag', 'strong')
  app.use(express.json(), ...before)
  app.get('/articles/1', (_req, res) => res.json(current()))
  app.put('/articles/1', async (req, res) => {
    // as long as a database takes
    await turn()
    written.push(req.body as Article)
    res.json(req.body)
  })
  app.use(problems())
  return { app, written, current }
}

/** What every middleware of this kind does: it compares, and then lets the handler write. */
export function checkThenAct(tag: () => string): RequestHandler {
  return async (req, res, next) => {
    const named = req.get('If-Match')
    const matches = named === undefined || named === tag()
    // as long as a look at the database takes
    await turn()
    if (req.method !== 'PUT' || matches) next()
    else res.status(412).json({ error: 'it has changed' })
  }
}

type Published = (options?: object) => RequestHandler

/** As its documentation says to use it: it asks the server itself for the state. */
export const published = (createRequire(import.meta.url)('express-preconditions') as Published)()

export const guarded = (): RequestHandler => ifMatch()

interface Row extends Article {
  version: number
}

/** No ETag anywhere: the version is in the body, and comes back there. `safe`: it is compared. */
export function versionedRows(safe: boolean): Express {
  const table = memoryTable<Row>({ columns: ['title', 'text'] })
  void table.insert({ id: 1 }, { title: ARTICLE.title, text: ARTICLE.text })
  const rows = ifMatch({ table, key: 'articles/:id' })
  const app = express().set('etag', false)
  app.use(express.json())
  app.get('/articles/:id', (req, res) => res.json(table.find({ id: req.params.id })))
  app.put(
    '/articles/:id',
    safe
      ? rows.wrap(async (req, res, write) => {
          const { title, text } = req.body as Row
          res.removeHeader('ETag')
          res.json(await write.update({ title, text }))
        })
      : (req, res) => {
          const { title, text } = req.body as Row
          res.json(table.update({ id: req.params['id'] }, { kind: 'unconditional' }, { title, text }))
        },
  )
  return app.use(problems())
}
