import type { RequestHandler } from 'express'
import { ifMatch, preconditionOf } from 'express-if-match'
import { EventEmitter } from 'node:events'
import { ServerResponse, type IncomingMessage, type RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { ask, majors, start } from '../support/http.js'

/* Requests that no server has made: those of a batch, of an adapter, of a mock. They are no streams. */

interface Given {
  readonly status: number
  readonly etag: string | undefined
  readonly text: string
}

type Handle = (req: IncomingMessage, res: ServerResponse, next: (error: unknown) => void) => void

/** Hands the application a request that is only an object with the members that Express reads. */
function give(app: unknown, method: string, headers: Readonly<Record<string, string>> = {}): Promise<Given> {
  const members = { method, url: '/a/1', headers, httpVersion: '1.1', socket: new EventEmitter() }
  const req = Object.assign(new EventEmitter(), members) as unknown as IncomingMessage
  const res = new ServerResponse(req)
  return new Promise((resolve, reject) => {
    res.end = ((chunk: unknown) => {
      resolve({ status: res.statusCode, etag: res.getHeader('ETag') as string, text: String(chunk) })
      return res
    }) as never
    const { handle } = app as { handle: Handle }
    handle.call(app, req, res, reject)
  })
}

describe.each(majors)('%s: a request that is no stream', (_name, express) => {
  const guards = () => ifMatch({ key: 'a/:id', required: false })
  const answering: RequestHandler = (_req, res) => {
    res.json({ seen: res.statusCode })
  }

  it.each([
    [
      'the whole tree',
      () =>
        express()
          .use(guards() as RequestHandler)
          .all('/a/:id', answering),
    ],
    [
      'a route',
      () => {
        const both = guards()
        const app = express().get('/a/:id', both.read() as RequestHandler, answering)
        return app.put('/a/:id', both.guard() as RequestHandler, answering)
      },
    ],
  ])('is guarded as any other: %s', async (_what, make) => {
    const app = make()
    const { status, etag = '' } = await give(app, 'GET')
    const made = await give(app, 'PUT', { 'if-match': etag })
    const late = await give(app, 'PUT', { 'if-match': etag })
    expect([status, made.status, late.status, made.etag === etag]).toEqual([200, 200, 409, false])
  })
})

it.each([
  ['nothing', null],
  ['a text', 'kept'],
  ['an object that all requests share', {}],
  ['a frozen one', Object.freeze({})],
])('a plain application may keep on req.res what it wants: %s', async (_what, res) => {
  const guard = ifMatch({ key: (req) => req.url?.slice(1), required: false }) as unknown as Handle
  const app: RequestListener = (req, answer) => {
    guard(req, answer, () => {
      Object.assign(req, { res })
      // once more, as a router further in
      guard(req, answer, () => answer.end(preconditionOf(req as never).key))
    })
  }
  const at = await start(app)
  const keys: string[] = []
  for (const path of ['/one', '/two', '/one']) keys.push((await ask(at, { method: 'PUT', path })).text)
  expect(keys).toEqual(['one', 'two', 'one'])
})
