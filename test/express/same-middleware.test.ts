import compression from 'compression'
import cors from 'cors'
import type { RequestHandler } from 'express'
import session from 'express-session'
import { createHash, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ifMatch } from 'express-if-match'
import { ask, majors, start, type Express } from '../support/http.js'
import { laterLedger } from '../support/ledgers.js'
import { comparable, play, stagings, unguarded, type Log, type Played, type Scene } from '../support/scene.js'

/*
 * Middleware that puts itself between a handler and its answer, before the guard and after it.
 */

const LONG = 'a line that can be compressed\n'.repeat(200)

interface Visits {
  visits?: number
}

const sessions = (options: Partial<session.SessionOptions> = {}): RequestHandler =>
  session({ secret: 'test', resave: false, saveUninitialized: true, genid: () => 'fixed', ...options })

const countVisit: Scene['handler'] = (req, res) => {
  const visited = req.session as unknown as Visits
  visited.visits = (visited.visits ?? 0) + 1
  res.json({ visits: visited.visits, text: LONG })
}

const logsAtFinish =
  (log: Log): RequestHandler =>
  (_req, res, next) => {
    res.on('finish', () =>
      log(`${String(res.statusCode)} ${String(res.headersSent)} ${String(res.getHeader('content-type'))}`),
    )
    next()
  }

const layers: Record<string, () => RequestHandler> = {
  compression: () => compression(),
  cors: () => cors({ origin: 'http://there.example', credentials: true }),
  'a session that is saved': () => sessions(),
  'a session that is touched': () => sessions({ rolling: true, resave: false }),
}

const handlers: Record<string, Scene['handler']> = {
  json: (_req, res) => res.json({ text: LONG }),
  'short json': (_req, res) => res.json({ a: 1 }),
  'a text and a callback': (_req, res) => res.type('text/plain').end(LONG),
  'writeHead and end': (_req, res) => {
    res.writeHead(201, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(LONG) })
    res.end(LONG)
  },
  'several writes': (_req, res) => {
    res.type('text/plain')
    res.write(LONG)
    res.write(LONG)
    res.end('end')
  },
  'flushHeaders first': (_req, res) => {
    res.type('text/plain')
    res.flushHeaders()
    res.end(LONG)
  },
  nothing: (_req, res) => void res.status(204).end(),
  'a 404': (_req, res) => res.status(404).json({ text: LONG }),
  'an error': (_req, _res, next) => next(new Error(LONG)),
  'a redirect': (_req, res) => res.redirect('/elsewhere'),
}

describe.each(majors)('%s', (_name, express) => {
  describe.each(Object.entries(layers))('%s', (_layer, layer) => {
    it.each(Object.entries(handlers))('on either side of the guard: %s', async (_title, handler) => {
      for (const method of ['PUT', 'GET', 'HEAD']) {
        const scene: Scene = {
          method,
          handler,
          headers: { 'accept-encoding': 'gzip', origin: 'http://there.example' },
        }
        await sameAround(express, scene, { before: () => [layer()] })
        await sameAround(express, scene, { after: () => [layer()] })
        await sameAround(express, scene, { before: () => [sessions(), layer()] })
      }
    })
  })

  it('a session that the handler changes', async () => {
    await sameAround(express, { handler: countVisit }, { before: () => [sessions(), compression()] })
    await sameAround(express, { handler: countVisit }, { after: () => [sessions(), compression()] })
  })

  it.each([['before'], ['after']])(
    'a session mounted %s keeps what the handler put into it',
    async (side) => {
      const app = express()
      const guards = ifMatch({ ledger: laterLedger() })
      const order =
        side === 'before'
          ? [sessions({ genid: () => randomUUID() }), guards]
          : [guards, sessions({ genid: () => randomUUID() })]
      for (const middleware of order) app.use(middleware)
      app.put('/visits', countVisit as RequestHandler)
      const site = await start(app)
      const first = await ask(site, { method: 'PUT', path: '/visits' })
      const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
      const second = await ask(site, { method: 'PUT', path: '/visits', headers: { cookie } })
      expect([first.text, second.text].map((text) => (JSON.parse(text) as Visits).visits)).toEqual([1, 2])
      expect(second.headers.etag).toMatch(/^"[^.]+"$/)
    },
  )

  it('what logs an answer sees the same', async () => {
    for (const [title, handler] of Object.entries(handlers)) {
      const scene: Scene = {
        handler: (req, res, next, log) => {
          logsAtFinish(log)(req, res, () => {})
          return handler(req, res, next, log)
        },
      }
      await sameAround(express, scene, {}, title)
    }
  })

  it('a page of another origin may see the tag, and what it could see before', async () => {
    const guards = ifMatch({ ledger: laterLedger() })
    const app = express()
    app.use(cors({ exposedHeaders: ['X-Total'] }))
    app.use(guards as RequestHandler)
    app.get('/one', (_req, res) => res.json({ a: 1 }))
    app.put('/one', (_req, res) => res.json({ a: 1 }))
    app.get('/own', (_req, res) => res.set('Access-Control-Expose-Headers', 'etag').json({}))
    const site = await start(app)
    const exposed = async (method: string, path: string, headers = {}) =>
      (await ask(site, { method, path, headers })).headers['access-control-expose-headers']
    expect(await exposed('GET', '/one')).toBe('X-Total, ETag')
    expect(await exposed('PUT', '/one')).toBe('X-Total, ETag')
    expect(await exposed('GET', '/own')).toBe('etag')
    expect(await exposed('GET', '/none')).toBe('X-Total')
    const { headers } = await ask(site, { path: '/one' })
    const again = await ask(site, { path: '/one', headers: { 'if-none-match': headers.etag } })
    expect([again.status, again.headers['access-control-expose-headers']]).toEqual([304, 'X-Total, ETag'])
  })

  it('sub-apps and routers, which change the prototypes', async () => {
    const shouting = express()
    shouting.set('json spaces', 2)
    shouting.response.json = function json(this: never, body: unknown) {
      return (express.response.json as (body: unknown) => never).call(this, { shouted: body })
    }
    const handler: RequestHandler = (req, res) => void res.json({ base: req.baseUrl, path: req.path })
    const inner = express.Router()
    inner.get('/b/:id', handler)
    inner.put('/b/:id', handler)
    shouting.use('/a', inner)
    const site = async (guard: boolean) => {
      const app = express()
      if (guard) app.use(ifMatch({ ledger: laterLedger() }) as RequestHandler)
      app.use('/x', shouting)
      app.use('/y', inner)
      return start(app)
    }
    const [without, under] = [await site(false), await site(true)]
    for (const path of ['/x/a/b/1', '/y/b/1'])
      for (const method of ['GET', 'PUT', 'HEAD']) {
        const [plain, guarded] = [await ask(without, { method, path }), await ask(under, { method, path })]
        expect(comparable({ ...guarded, log: [] })).toEqual(comparable({ ...plain, log: [] }))
        expect(guarded.headers.etag).toMatch(method === 'PUT' ? /^"[^.]+"$/ : /^"[^.]+\..+"$/)
      }
  })
})

describe.each(majors)('%s: what parses the body', (_name, express) => {
  const body = JSON.stringify({ text: LONG })
  const headers = { 'content-type': 'application/json' }
  const parsers: Record<string, () => RequestHandler> = {
    json: () => express.json(),
    raw: () => express.raw({ type: '*/*' }),
    text: () => express.text({ type: '*/*' }),
  }
  const big = JSON.stringify({ text: 'x'.repeat(90_000) })

  it.each(Object.entries(parsers))('%s on either side of the guard', async (_parser, parser) => {
    const handler: Scene['handler'] = (req, res) => res.json({ sum: sum(req.body) })
    for (const sent of [body, big, '']) {
      const scene = { handler, headers, body: sent }
      await sameAround(express, scene, { before: () => [parser()] })
      await sameAround(express, scene, { after: () => [parser()] })
    }
  })

  it('a handler that streams it', async () => {
    for (const sent of [body, big, 'x'.repeat(1_000_000), '']) {
      await sameAround(express, { headers, body: sent, handler: (req, res) => void req.pipe(res) }, {})
      const collects: Scene['handler'] = async (req, res) => {
        const hash = createHash('sha1')
        for await (const chunk of req) hash.update(chunk as Buffer)
        res.json(hash.digest('hex'))
      }
      await sameAround(express, { headers, body: sent, handler: collects }, {})
    }
  })

  it('a body that nobody reads', async () => {
    await sameAround(express, { headers, body: big, handler: (_req, res) => res.json({ a: 1 }) }, {})
  })

  it('a body that is no JSON', async () => {
    const scene = {
      headers,
      body: '{"a":',
      handler: (_req: unknown, res: { json: (body: unknown) => unknown }) => res.json({}),
    }
    await sameAround(express, scene, { before: () => [express.json()] })
    await sameAround(express, scene, { after: () => [express.json()] })
  })
})

function sum(body: unknown): string {
  return createHash('sha1')
    .update(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null))
    .digest('hex')
}

async function sameAround(express: Express, scene: Scene, sides: Partial<Scene>, title = ''): Promise<void> {
  // an error that comes after the answer does not show in it
  const onError: Scene['onError'] = (log) => (error, _req, _res, next) => {
    log(String(error))
    next(error)
  }
  const played = { onError, ...scene, ...sides }
  const without = await play(express, played, unguarded)
  for (const staging of stagings(played)) {
    const under = await play(express, played, staging)
    expect(settled(under), `${scene.method ?? 'PUT'} ${staging.name} ${title}`).toEqual(settled(without))
  }
}

/** A session's cookie may say the second in which it ends. */
function settled(played: Played): unknown {
  const lines = played.lines.map(
    ([name, value]) => [name, value.replace(/Expires=[^;]*/, 'Expires')] as const,
  )
  return comparable({ ...played, lines })
}
