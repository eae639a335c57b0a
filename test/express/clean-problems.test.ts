import compression from 'compression'
import cors from 'cors'
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { ifMatch, preconditionOf, problems, type LedgerOptions } from 'express-if-match'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ask, majors, start, type Express, type Site } from '../support/http.js'
import { heldLedger, type HeldLedger } from '../support/ledgers.js'

/** What a handler may have prepared by the time its answer is replaced. */
function prepare(res: Response): Response {
  return res
    .status(201)
    .location('/a/1')
    .cookie('made', '1')
    .set({ ETag: '"mine"', 'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT', 'Cache-Control': 'max-age=60' })
}

const LEFT_OVER = ['location', 'set-cookie', 'etag', 'last-modified', 'content-encoding', 'cache-control']

const LONG = { text: 'long enough to be compressed, '.repeat(200) }

interface Stage {
  readonly site: Site
  readonly slow: HeldLedger
}

interface Staging {
  readonly before?: readonly RequestHandler[]
  readonly after?: readonly RequestHandler[]
  readonly options?: Partial<LedgerOptions<never>>
  readonly handler: (req: Request, res: Response, slow: HeldLedger) => unknown
  readonly onError?: ErrorRequestHandler
}

async function stage(
  express: Express,
  { before = [], after = [], options, handler, onError }: Staging,
): Promise<Stage> {
  const slow = heldLedger()
  const app = express()
  app.set('env', 'test')
  app.use((_req, res, next) => {
    res.set('X-Before', '1').append('Set-Cookie', 'before=1').append('Vary', 'Origin')
    next()
  })
  for (const middleware of before) app.use(middleware)
  const guards = ifMatch({ ledger: slow.ledger, required: false, key: 'a', ...options })
  app.put('/a', guards.guard(), ...after, (req, res) => handler(req, res, slow))
  app.get('/a', guards.read(), ...after, (req, res) => handler(req, res, slow))
  if (onError !== undefined) app.use(onError)
  return { site: await start(app), slow }
}

/** The store goes down while the handler runs, so that nobody can say what its write came to. */
const loseStore: Staging['handler'] = (_req, res, slow) => {
  slow.fail()
  prepare(res).json(LONG)
}

const put = (site: Site, headers = {}) =>
  ask(site, { method: 'PUT', path: '/a', headers: { 'accept-encoding': 'gzip', ...headers } })

describe.each(majors)('%s: a problem in the place of an answer', (_name, express) => {
  const layers: Record<string, Partial<Staging>> = {
    'with nothing around': {},
    'with compression before': { before: [compression({ threshold: 0 })] },
    'with compression after': { after: [compression({ threshold: 0 })] },
    'with compression on both sides': { before: [compression()], after: [compression()] },
  }
  it.each(Object.entries(layers))('has nothing of it left over, %s', async (title, layer) => {
    const streams: Staging['handler'] = (_req, res, slow) => {
      slow.fail()
      prepare(res).type('text/plain').write(LONG.text)
      res.end(LONG.text)
    }
    for (const handler of [loseStore, streams]) {
      const { site } = await stage(express, { handler, ...layer })
      const answer = await put(site, title.includes('before') ? { 'accept-encoding': 'identity' } : {})
      expect([answer.status, answer.complete]).toEqual([500, true])
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'outcome-unknown', applied: 'unknown' })
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(answer.headers['content-length']).toBe(String(answer.body.length))
      expect(answer.headers['x-before']).toBe('1')
      expect(answer.headers['set-cookie']).toEqual(['before=1'])
      expect(answer.headers.vary).toContain('Origin')
      for (const name of LEFT_OVER.filter((field) => field !== 'set-cookie'))
        expect(answer.headers[name], name).toBeUndefined()
    }
  })

  it('is compressed by what stands before the guard, as every other answer is', async () => {
    const { site } = await stage(express, { before: [compression({ threshold: 0 })], handler: loseStore })
    const answer = await put(site)
    expect([answer.status, answer.headers['content-encoding'], answer.headers['content-length']]).toEqual([
      500,
      'gzip',
      undefined,
    ])
    expect(JSON.parse(gunzipSync(answer.body).toString())).toMatchObject({ code: 'outcome-unknown' })
    expect(answer.headers['transfer-encoding'], 'the connection goes on').toBe('chunked')
  })

  it('keeps a reason phrase of the handler away from it', async () => {
    const { site } = await stage(express, {
      handler: (_req, res, slow) => {
        slow.fail()
        res.writeHead(200, 'Splendid').end()
      },
    })
    const answer = await put(site)
    expect([answer.status, answer.reason]).toEqual([500, 'Internal Server Error'])
  })

  it("under respond: 'next' it is the application's, even if that takes its time, and has no tag", async () => {
    for (const later of [false, true]) {
      const { site } = await stage(express, {
        options: { respond: 'next' },
        handler: loseStore,
        after: [compression({ threshold: 0 })],
        onError: (error: { status: number; code: string }, _req, res, _next) => {
          const answer = () => res.status(error.status).json({ mine: error.code })
          if (later) setImmediate(answer)
          else answer()
        },
      })
      const answer = await put(site)
      expect([answer.status, answer.text]).toEqual([500, '{"mine":"outcome-unknown"}'])
      expect(answer.headers['set-cookie']).toEqual(['before=1'])
      for (const name of ['etag', 'location', 'content-encoding'])
        expect(answer.headers[name], name).toBeUndefined()
    }
  })

  it('by a function it has none either', async () => {
    const { site } = await stage(express, {
      options: {
        respond: (error, _req, res) => void (res as Response).status(409).json({ mine: error.code }),
      },
      handler: loseStore,
    })
    const answer = await put(site)
    expect([answer.status, answer.text, answer.headers.etag]).toEqual([
      409,
      '{"mine":"outcome-unknown"}',
      undefined,
    ])
  })
})

describe.each(majors)('%s: an error has no validator of its own', (_name, express) => {
  const throwing: Staging['handler'] = (req, res) => {
    prepare(res)
    preconditionOf(req).conflict()
  }
  const handlers: Record<string, Partial<Staging> & Pick<Staging, 'handler'>> = {
    'a status of the handler': { handler: (_req, res) => prepare(res).status(404).json(LONG) },
    'a thrown error': {
      handler: (_req, res) => {
        prepare(res)
        throw new Error('broken')
      },
    },
    "Express's own handler for a conflict": { handler: throwing },
    'problems() for a conflict': { handler: throwing, onError: problems() as ErrorRequestHandler },
    'an error handler that answers json': {
      handler: throwing,
      onError: (error: { status: number }, _req, res, _next) => void res.status(error.status).json(LONG),
    },
    'compression before': {
      before: [compression()],
      handler: (_req, res) => prepare(res).status(422).json(LONG),
    },
    'compression after': {
      after: [compression()],
      handler: (_req, res) => prepare(res).status(422).json(LONG),
    },
  }
  it.each(Object.entries(handlers))('%s', async (_title, staging) => {
    const { site } = await stage(express, staging)
    for (const method of staging.handler === throwing ? ['PUT'] : ['PUT', 'GET', 'HEAD']) {
      const answer = await ask(site, { method, path: '/a' })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.headers.etag, method).toBeUndefined()
    }
  })

  it('a conflict that is thrown takes back what the handler had prepared', async () => {
    const { site } = await stage(express, {
      handler: throwing,
      onError: problems() as ErrorRequestHandler,
      after: [cors({ origin: 'http://a.example' })],
    })
    const answer = await put(site)
    expect(answer.status).toBe(409)
    expect(answer.headers['set-cookie']).toEqual(['before=1'])
    for (const name of LEFT_OVER.filter((field) => field !== 'set-cookie'))
      expect(answer.headers[name], name).toBeUndefined()
  })

  it.each([['problem'], ['next']] as const)('a refusal before the handler, respond: %s', async (respond) => {
    const { site } = await stage(express, {
      options: { required: true, respond },
      handler: () => expect.unreachable(),
      onError: (error: { status: number; code: string }, _req, res, _next) =>
        void res.status(error.status).json({ code: error.code }),
    })
    const answer = await put(site)
    expect([answer.status, (JSON.parse(answer.text) as { code: string }).code]).toEqual([
      428,
      'precondition-required',
    ])
    expect(answer.headers.etag).toBeUndefined()
    expect(answer.headers['x-before']).toBe('1')
  })

  it('what was mounted between two guards stays on the refusal of the second', async () => {
    const app = express()
    app.use(ifMatch() as RequestHandler)
    app.use(cors({ origin: 'http://a.example' }))
    app.put('/a', ifMatch().guard(), (_req, res) => res.json({}))
    const answer = await ask(await start(app), { method: 'PUT', path: '/a' })
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([428, 'http://a.example'])
  })
})

describe.each(majors)('%s: a problem is written as the client asks', (_name, express) => {
  const forms: readonly (readonly [accept: string | undefined, type: string, body: RegExp])[] = [
    [undefined, 'application/problem+json; charset=utf-8', /^\{"type":"urn:/],
    ['*/*', 'application/problem+json; charset=utf-8', /^\{/],
    ['application/json', 'application/json; charset=utf-8', /^\{/],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8', /^<!doctype html>.*<h1>412 /s],
    ['text/plain', 'text/plain; charset=utf-8', /^412 The resource has changed\n/],
    ['image/png', 'application/problem+json; charset=utf-8', /^\{/],
  ]
  it.each(forms)('Accept: %s', async (accept, type, body) => {
    const { site } = await stage(express, { handler: (_req, res) => res.json({}) })
    const headers = { 'if-match': '"0"', ...(accept === undefined ? {} : { accept }) }
    const answer = await ask(site, { path: '/a', headers })
    expect([answer.status, answer.headers['content-type']]).toEqual([412, type])
    expect(answer.text).toMatch(body)
    const head = await ask(site, { path: '/a', method: 'HEAD', headers })
    expect([head.status, head.headers['content-type'], head.text]).toEqual([412, type, ''])
    expect(head.headers['content-length']).toBe(answer.headers['content-length'])
  })
})
