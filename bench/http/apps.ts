import { Idempotency } from '@node-idempotency/core'
import { MemoryStorageAdapter } from '@node-idempotency/storage-adapter-memory'
import cors from 'cors'
import express, { type Express, type RequestHandler } from 'express'
import idempotency from 'express-idempotency'
import { ifMatch, problems } from 'express-if-match'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import { keptTable } from './kept-table.js'

/** An API as there are many: it keeps articles and gives them back. `guards` stand before its handlers. */
function articles(
  guards: {
    readonly use?: RequestHandler[]
    readonly put?: RequestHandler<{ id: string }>[]
    readonly get?: RequestHandler[]
  } = {},
): Express {
  const kept = new Map<string, unknown>()
  const app = express()
  app.use(express.json({ limit: '1mb' }), ...(guards.use ?? []))
  app.get('/articles/:id', ...(guards.get ?? []), (req, res) => {
    const found = kept.get(req.params['id'] as string)
    if (found === undefined) res.sendStatus(404)
    else res.json(found)
  })
  app.put('/articles/:id', ...(guards.put ?? []), (req, res) => {
    kept.set(req.params['id'], req.body)
    res.json(req.body)
  })
  app.use(problems())
  return app
}

/** The wrapper that its package's own README describes. */
function idempotent(): RequestHandler {
  const service = new Idempotency(new MemoryStorageAdapter(), {})
  return (req, res, next) => {
    const { method, path, body } = req
    const request = { method, path, body: body as Record<string, unknown>, headers: { ...req.headers } }
    const json = res.json.bind(res)
    service.onRequest(request).then((found) => {
      if (found !== undefined) {
        res.status(found.additional?.['statusCode'] as number).json(found.body)
        return
      }
      res.json = (answer) => {
        const { statusCode } = res
        service
          .onResponse(request, { body: answer as never, additional: { statusCode } })
          .then(() => json(answer), next)
        return res
      }
      next()
    }, next)
  }
}

function guarded(how: 'plain' | 'skip'): Express {
  const guards = ifMatch({ key: 'articles/:id' })
  const read = how === 'skip' ? guards.read({ skip: true }) : guards.read()
  return articles({ get: [read], put: [guards.guard({ required: false })] })
}

/** What a hand-written 304 costs that knows the tag beforehand: no guard can be cheaper. */
function knownTags(): Express {
  const tag = '"known"'
  return articles({
    get: [
      (req, res, next) => {
        if (req.headers['if-none-match'] === tag) {
          res.statusCode = 304
          res.setHeader('ETag', tag)
          res.end()
        } else {
          res.setHeader('ETag', tag)
          next()
        }
      },
    ],
  })
}

/** What a hand-written tag costs that knows the version: no hash, and no claim. */
function countedTags(): Express {
  let count = 0
  return articles({
    put: [
      (_req, res, next) => {
        res.setHeader('ETag', `"${++count}"`)
        next()
      },
    ],
  })
}

export const apps = {
  bare: () => articles(),
  knownTags,
  countedTags,
  guard: () => guarded('plain'),
  skip: () => guarded('skip'),
  wrap: () => {
    const app = express()
    const kept = new Map<string, unknown>()
    const guards = ifMatch({ key: 'articles/:id' })
    app.use(express.json())
    app.put(
      '/articles/:id',
      guards.wrap(
        (req, res) => {
          kept.set(req.params['id'], req.body)
          res.json(req.body)
        },
        { required: false },
      ),
    )
    return app
  },
  tree: () => articles({ use: [ifMatch()] }),
  table: () => {
    const guards = ifMatch({ key: 'articles/:id', table: keptTable() })
    const write = guards.wrap(
      async (req, res, write) => {
        res.json(await write.update(req.body as object))
      },
      { required: false },
    )
    return articles({ put: [write] })
  },
  current: () => {
    const rows = new Map<string, { readonly version: number }>()
    const guards = ifMatch({
      key: 'articles/:id',
      version: 'version',
      current: (req) => rows.get(req.params?.['id'] as string),
    })
    const write = guards.wrap(
      (req, res, write) => {
        const row = { ...(req.body as object), version: (write.current?.version ?? 0) + 1 }
        rows.set(req.params['id'], row)
        res.json(row)
      },
      { required: false },
    )
    return articles({ put: [write] })
  },
  cors: () => articles({ put: [cors()] }),
  helmet: () => articles({ put: [helmet()] }),
  'express-rate-limit': () => articles({ put: [rateLimit({ limit: 1e9, standardHeaders: 'draft-8' })] }),
  'express-idempotency': () => articles({ put: [idempotency.idempotency()] }),
  '@node-idempotency/core': () => articles({ put: [idempotent()] }),
} satisfies Readonly<Record<string, () => Express>>

export type AppName = keyof typeof apps

export function isAppName(name: string): name is AppName {
  return Object.hasOwn(apps, name)
}
