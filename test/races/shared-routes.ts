import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express'
import type { MaybePromise } from '../../src/core/ledger.js'
import { chain } from '../../src/core/promise.js'
import { ifMatch, problems, type ClaimOptions, type LedgerWrite } from '../../src/index.js'
import type { Data, Item, Served } from './stores/store.js'

const KEY = 'items/:id'
const PATH = `/${KEY}`

/** What a handler of the application's answers. */
interface Answer {
  readonly status: 200 | 201 | 204 | 404 | 409
  readonly item?: Item
}

type Handler = (
  data: Data,
  id: string,
  body: { readonly value: string; readonly base: string },
) => MaybePromise<Answer>

/** Handlers that know nothing of versions, and would lose updates by themselves: each reads, and then writes. */
const HANDLERS: Readonly<Record<'put' | 'patch' | 'post' | 'delete', Handler>> = {
  put: (data, id, { value, base }) =>
    chain(data.find(id), (found) => {
      if (found === undefined && base !== '') return { status: 404 }
      const item = { id, value, base, note: value }
      return chain(data.save(item), () => ({ status: found === undefined ? 201 : 200, item }))
    }),
  patch: (data, id, { value, base }) =>
    chain(data.find(id), (found) => {
      if (found === undefined) return { status: 404 }
      const item = { ...found, value, base }
      return chain(data.save(item), () => ({ status: 200, item }))
    }),
  post: (data, id, { value, base }) =>
    chain(data.find(id), (found) => {
      if (found !== undefined) return { status: 409 }
      const item = { id, value, base, note: value }
      return chain(data.save(item), () => ({ status: 201, item }))
    }),
  delete: (data, id) => chain(data.delete(id), (deleted) => ({ status: deleted ? 204 : 404 })),
}

function respond(res: Response, { status, item }: Answer): void {
  if (status === 204) res.status(204).end()
  else res.status(status).json(item ?? { code: status === 404 ? 'not-found' : 'taken' })
}

function overLedger(app: Express, served: Exclude<Served, { way: 'table' }>, claim: ClaimOptions): void {
  const items = ifMatch({ ledger: served.ledger, key: KEY, claim })
  const outside = served.way === 'ledger' ? served.data : served.data()
  app.get(PATH, items.read(), async (req: Request, res) => {
    const item = await outside.find(String(req.params['id']))
    respond(res, item === undefined ? { status: 404 } : { status: 200, item })
  })
  for (const [method, handler] of Object.entries(HANDLERS)) {
    const claims = served.way === 'ledger' || (served.mixed === true && method === 'patch')
    const run = (data: Data, req: Request, res: Response) =>
      chain(handler(data, String(req.params['id']), req.body), (answer) => respond(res, answer))
    app[method as keyof typeof HANDLERS](
      PATH,
      items.wrap(
        (req: Request, res: Response, write: LedgerWrite) =>
          claims ? run(outside, req, res) : write.transaction((client) => run(served.data(client), req, res)),
        // a POST is decided by its handler, which looks whether something is there
        { required: method !== 'post', transaction: !claims },
      ),
    )
  }
}

function overTable(app: Express, { table }: Extract<Served, { way: 'table' }>): void {
  const items = ifMatch({ table, key: KEY })
  const created = (body: { readonly value: string }) => ({ value: body.value, base: '', note: body.value })
  app.get(PATH, async (req, res) => items.send(res, await table.find({ id: req.params.id })))
  app.put(
    PATH,
    items.wrap(async (req: Request, res: Response, write) => {
      const { value, base } = req.body
      if (base === '') res.status(201).json(await write.insert(created(req.body)))
      else res.json(await write.update({ value, base, note: value }))
    }),
  )
  app.patch(
    PATH,
    items.wrap(async (req: Request, res: Response, write) => {
      const { value, base } = req.body
      res.json(await write.update({ value, base }))
    }),
  )
  app.post(
    PATH,
    items.wrap(
      async (req: Request, res: Response, write) =>
        void res.status(201).json(await write.insert(created(req.body))),
      { required: false },
    ),
  )
  app.delete(
    PATH,
    items.wrap(async (_req: Request, res: Response, write) => {
      await write.delete()
      res.status(204).end()
    }),
  )
}

/** What the application itself cannot deal with, such as its own statements on a store that is down. */
const lastResort: ErrorRequestHandler = (error, _req, res, _next) => {
  res.status(500).json({ code: 'handler-failed', message: String(error) })
}

/** The API that all server processes serve. */
export function itemsApi(served: Served, claim: ClaimOptions): Express {
  const app = express().set('etag', false).use(express.json())
  if (served.way === 'table') overTable(app, served)
  else overLedger(app, served, claim)
  return app.use(problems()).use(lastResort)
}
