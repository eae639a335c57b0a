import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express'
import { ifMatch, memoryTable, preconditionOf, problems } from 'express-if-match'
import { AsyncLocalStorage } from 'node:async_hooks'
import type http from 'node:http'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { gate } from '../support/api.js'
import { ask, majors, start, type Site } from '../support/http.js'
import { ORM_ERRORS } from '../support/orm-errors.js'

/* What middleware of others, before and behind a guard, sees of it, and does to it. */

const put = (site: Site, path: string, headers: http.OutgoingHttpHeaders = {}) =>
  ask(site, { method: 'PUT', path, headers })

const json = async (answering: ReturnType<typeof ask>) => JSON.parse((await answering).text) as unknown

describe.each(majors)('%s: beside a guard', (_name, express) => {
  const guarded = (guard: unknown) => guard as RequestHandler

  it('its handler sees no entity tag that is none', async () => {
    const guards = ifMatch({ key: 'a/:id', required: false })
    const app = express().put('/a/:id', guarded(guards.guard()), (_req, res) => {
      res.json({ sees: res.getHeader('ETag') ?? null, lists: Object.keys(res.getHeaders()) })
    })
    expect(await json(put(await start(app), '/a/1'))).toEqual({
      sees: null,
      lists: ['x-powered-by'],
    })
  })

  it('a cache of answers that listens behind it keeps none either', async () => {
    const guards = ifMatch({ key: 'a/:id', required: false })
    const kept: unknown[] = []
    const listening: RequestHandler = (_req, res, next) => {
      const body = res.json.bind(res)
      res.json = (value) => {
        kept.push(res.getHeader('ETag'))
        return body(value)
      }
      next()
    }
    const app = express().put('/a/:id', listening, guarded(guards.guard()), (_req, res) => res.json({}))
    await put(await start(app), '/a/1')
    expect(kept).toEqual([undefined])
  })

  it('a read whose handler sends a file is no 304 for a tag that was never given', async () => {
    const guards = ifMatch({ key: 'a/:id' })
    const app = express().get('/a/:id', guarded(guards.read({ skip: true })), (_req, res) => {
      res.sendFile(import.meta.filename)
    })
    const headers = { 'If-None-Match': 'W/"express-if-match"' }
    expect((await ask(await start(app), { path: '/a/1', headers })).status).toBe(200)
  })

  it.each([['a reason phrase that Node refuses'], ['a listener that throws']])(
    'the error answered instead of a success has no entity tag (P7): %s',
    async (why) => {
      const guards = ifMatch({ key: 'a/:id', required: false })
      const app = express()
      app.use((_req: Request, res: Response, next: NextFunction) => {
        const writeHead: unknown = Reflect.get(res, 'writeHead')
        let thrown = why === 'a reason phrase that Node refuses'
        res.writeHead = function (this: Response, ...args: unknown[]) {
          if (thrown) return Reflect.apply(writeHead as () => void, this, args)
          thrown = true
          throw new Error('a listener')
        } as never
        next()
      })
      app.put('/a/:id', guarded(guards.guard()), (_req, res) => {
        if (why === 'a reason phrase that Node refuses') res.statusMessage = 'no\n'
        res.set('Location', '/elsewhere').json({ saved: true })
      })
      const failed: ErrorRequestHandler = (_error, _req, res, _next) => {
        res.statusMessage = 'Failed'
        res.status(500).json({ failed: true })
      }
      const answer = await put(await start(app.use(failed)), '/a/1')
      expect([answer.status, answer.headers.etag, answer.text]).toEqual([500, undefined, '{"failed":true}'])
    },
  )

  it('the phrase of a head that was given stays that of the head', async () => {
    const guards = ifMatch({ key: 'a/:id', required: false })
    const app = express().put('/a/:id', guarded(guards.guard()), (_req, res) => {
      res.writeHead(201, 'Mine')
      res.statusMessage = 'Other'
      res.end()
    })
    expect(await put(await start(app), '/a/1')).toMatchObject({ status: 201, reason: 'Mine' })
  })

  it('what the application has put on req.precondition gives way to the handle', async () => {
    const guards = ifMatch({ key: 'a/:id', required: false })
    const app = express()
    const seen: unknown[] = []
    app.use((req, _res, next) => {
      if (req.query['own'] !== undefined) Object.assign(req, { precondition: 'mine' })
      next()
    })
    app.put('/a/:id', guarded(guards.guard()), (req, res) => {
      seen.push(Reflect.get(req, 'precondition') === preconditionOf(req))
      res.json({})
    })
    const site = await start(app)
    for (const path of ['/a/1', '/a/1?own', '/a/1?own']) await put(site, path)
    expect(seen).toEqual([true, true, true])
  })

  it('a guard before the application holds the key for those in it', async () => {
    const tree = ifMatch({ required: false, claim: { wait: 0 } })
    const seen: unknown[] = []
    const app = express().put(
      '/a/:id',
      guarded(
        tree.wrap((req, res) => {
          seen.push(preconditionOf(req).key)
          ;(res as Response).json({})
        }),
      ),
    )
    const site = await start((req, res) => {
      tree(req, res, () => {
        app(req, res)
      })
    })
    expect((await put(site, '/a/1')).status).toBe(200)
    expect(seen).toEqual(['a/1'])
  })

  it('a guard of a table within one of current leaves the errors of an ORM to that', async () => {
    let row: { version: number } | undefined = { version: 1 }
    const found = ifMatch({ key: 'a/:id', required: false, current: () => row, version: 'version' })
    const rows = ifMatch({
      key: 'a/:id',
      required: false,
      table: memoryTable<{ id: string; note: string; version: number }>({ columns: ['note'] }),
    })
    const app = express()
    app.put(
      '/a/:id',
      guarded(found.guard()),
      guarded(
        rows.wrap(async () => {
          row = { version: 2 }
          throw ORM_ERRORS['Mongoose VersionError']!()
        }),
      ),
    )
    app.use(problems() as never)
    expect((await put(await start(app), '/a/1')).status).toBe(409)
  })
})

it('a limit that one request has set is met by another in its own context', async () => {
  const express = majors[0]![1]
  const clock = fakeClock()
  const user = new AsyncLocalStorage<string>()
  const begun = { alice: gate(), bob: gate() }
  const aborted: unknown[] = []
  const guards = ifMatch({
    key: 'a/:id',
    required: false,
    clock,
    claim: { max: 1_000 },
    respond: (_error, _req, res) => {
      res.statusCode = 500
      res.end(user.getStore())
    },
  })
  const app = express()
  app.use((req, _res, next) => {
    user.run(String(req.headers['x-user']), next)
  })
  app.put('/a/:id', guards.guard() as never, (req) => {
    const name = String(req.headers['x-user']) as 'alice' | 'bob'
    preconditionOf(req).signal.addEventListener('abort', () => aborted.push([name, user.getStore()]))
    begun[name].open()
  })
  const site = await start(app)
  const alice = put(site, '/a/1', { 'X-User': 'alice' })
  await begun.alice.opened
  await clock.advance(500)
  const bob = put(site, '/a/2', { 'X-User': 'bob' })
  await begun.bob.opened
  await clock.advance(1_000)
  expect([(await alice).text, (await bob).text]).toEqual(['alice', 'bob'])
  expect(aborted).toEqual([
    ['alice', 'alice'],
    ['bob', 'bob'],
  ])
})
