import express, { type Request, type RequestHandler } from 'express'
import { ifMatch, memoryTable, problems } from 'express-if-match'
import { createClient, type Client, type ClientOptions } from 'express-if-match/client'
import { start, type Site } from '../support/http.js'

export interface Note {
  id: string
  text: string
  n: number
  version: number
}

export interface Api extends Site {
  readonly client: Client
  /** method and condition of every request, in the order in which they arrived */
  readonly requests: string[]
  /** the keys of all writes, in that order */
  readonly keys: (string | undefined)[]
  /** another client of the same API */
  readonly another: (options?: ClientOptions) => Client
}

export interface ApiOptions {
  /** what a conflict may show; nothing */
  readonly represent?: (note: Note) => unknown
  /** runs before the guarded routes */
  readonly before?: RequestHandler
  readonly client?: ClientOptions
}

/** An API of notes on a table in memory, and a client of it, until the test is over. `/notes/1` is there. */
export async function notesApi({ represent, before, client }: ApiOptions = {}): Promise<Api> {
  const requests: string[] = []
  const keys: (string | undefined)[] = []
  const table = memoryTable<Note>({
    columns: ['text', 'n'],
    rows: [{ id: '1', text: 'Hello', n: 0, version: 1 }],
  })
  const notes = ifMatch({ key: 'notes/:id', table, ...(represent === undefined ? {} : { represent }) })
  const changed = ({ body }: Request) => {
    const { text, n } = body as Partial<Note>
    return { ...(text === undefined ? {} : { text }), ...(n === undefined ? {} : { n }) }
  }

  const app = express().use(express.json())
  app.use((req, res, next) => {
    const { 'if-match': match, 'if-none-match': noneMatch, 'idempotency-key': key } = req.headers
    requests.push([req.method, match, noneMatch && `not ${noneMatch}`].filter(Boolean).join(' '))
    if (req.method !== 'GET') keys.push(key as string | undefined)
    next()
  })
  if (before !== undefined) app.use(before)
  app.get('/notes/:id', (req, res) => {
    notes.send(res, table.find({ id: req.params.id }))
  })
  app.put(
    '/notes/:id',
    notes.wrap(async (req, res, write) => {
      const absent = write.expected.kind === 'absent'
      if (absent) notes.send(res.status(201), await write.insert(changed(req)))
      else notes.send(res, await write.update(changed(req)))
    }),
  )
  app.patch(
    '/notes/:id',
    notes.wrap(async (req, res, write) => {
      await write.update(changed(req))
      res.status(204).end()
    }),
  )
  app.delete(
    '/notes/:id',
    notes.wrap(async (_req, res, write) => {
      await write.delete()
      res.status(204).end()
    }),
  )
  app.use(problems())

  const site = await start(app)
  const another = (options: ClientOptions = {}) =>
    createClient({ baseUrl: site.url, firstDelay: 1, ...options })
  return { ...site, client: another(client), another, requests, keys }
}
