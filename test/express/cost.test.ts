import crypto from 'node:crypto'
import { ifMatch, memoryLedger, preconditionOf } from 'express-if-match'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ask, majors, start } from '../support/http.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(majors)('what a guarded write takes, %s', (_, express) => {
  async function site(guard: RequestHandler, seen: (state: string) => void = () => {}) {
    const app = express().use(express.json())
    app.put(
      '/a/:id',
      (req, res, next) => {
        guard(req, res, next)
        seen('guard returned')
      },
      (req, res) => {
        seen('handler')
        res.json(req.body)
        // a held answer seems to have left to whoever asks it; its entity tag is put on only when it does
        seen(String(res.getHeader('ETag')).startsWith('"') ? 'answer left' : 'answer held')
      },
    )
    return start(app)
  }
  const put = async (at: Awaited<ReturnType<typeof site>>, tag?: string) =>
    ask(at, {
      method: 'PUT',
      path: '/a/1',
      headers: { 'Content-Type': 'application/json', ...(tag === undefined ? {} : { 'If-Match': tag }) },
      body: '{"title":"a"}',
    })

  it('is no hash: neither Express’s of the body nor one of its own', async () => {
    const at = await site(ifMatch({ key: 'a/:id' }).guard({ required: false }))
    const hashes = vi.spyOn(crypto, 'createHash')
    const first = await put(at)
    expect((await put(at, first.headers.etag)).status).toBe(200)
    expect(hashes).not.toHaveBeenCalled()
    await site((_req, _res, next) => {
      next()
    }).then((bare) => put(bare))
    expect(hashes).toHaveBeenCalledTimes(1)
  })

  it('is no turn of the event loop: over a ledger that answers at once the answer leaves as it is given', async () => {
    const seen: string[] = []
    const at = await site(ifMatch({ key: 'a/:id' }).guard({ required: false }), (state) => seen.push(state))
    await put(at)
    expect(seen).toEqual(['handler', 'answer left', 'guard returned'])
  })

  it('is no turn of the event loop under wrap either, where the handler hands over no promise', async () => {
    const seen: string[] = []
    const app = express().use(express.json())
    const wrapped = ifMatch({ key: 'a/:id' }).wrap(
      (_req, res) => {
        res.json({})
        seen.push(String(res.getHeader('ETag')).startsWith('"') ? 'answer left' : 'answer held')
      },
      { required: false },
    )
    app.put('/a/:id', (req, res, next) => {
      ;(wrapped as RequestHandler)(req, res, next)
      seen.push(String(res.getHeader('ETag')).startsWith('"') ? 'answer left' : 'answer held')
    })
    await put(await start(app))
    expect(seen).toEqual(['answer held', 'answer left'])
  })

  it('is no stack where it is refused before its handler, and one where the handler refuses', async () => {
    const app = express().use(express.json())
    const guards = ifMatch({ key: 'a/:id', respond: 'next' })
    app.put('/a/:id', guards.guard() as RequestHandler, (_req, res) => res.json({}))
    app.put('/refusing/a/:id', guards.guard({ required: false }) as RequestHandler, (req) => {
      preconditionOf(req).conflict()
    })
    const failed: ErrorRequestHandler = (error: Error & { code?: string }, _req, res, _next) => {
      res.json({ code: error.code, frames: (error.stack ?? '').split('\n    at ').length - 1 })
    }
    app.use(failed)
    const at = await start(app)
    const limit = Error.stackTraceLimit
    const told = async (path: string, headers = {}) =>
      JSON.parse(String((await ask(at, { method: 'PUT', path, headers })).body)) as {
        code: string
        frames: number
      }
    expect(await told('/a/1')).toEqual({ code: 'precondition-required', frames: 0 })
    expect(await told('/a/1', { 'If-Match': '"7"' })).toEqual({ code: 'version-conflict', frames: 0 })
    const refusing = await told('/refusing/a/1')
    expect([refusing.code, refusing.frames > 0]).toEqual(['version-conflict', true])
    expect(Error.stackTraceLimit).toBe(limit)
  })

  it('is two steps of its ledger, one where it is refused', async () => {
    const ledger = memoryLedger()
    const swap = vi.spyOn(ledger, 'compareAndSwap')
    const get = vi.spyOn(ledger, 'get')
    const at = await site(ifMatch({ key: 'a/:id', ledger }).guard({ required: false }))
    const tag = (await put(at)).headers.etag
    for (const spy of [swap, get]) spy.mockClear()
    expect((await put(at, tag)).status).toBe(200)
    expect([get.mock.calls.length, swap.mock.calls.length]).toEqual([0, 2])
    for (const spy of [swap, get]) spy.mockClear()
    expect((await put(at, tag)).status).toBe(409)
    expect([get.mock.calls.length, swap.mock.calls.length]).toEqual([0, 1])
  })

  it('is nothing on the request, and seven properties on the answer', async () => {
    const guard = ifMatch({ key: 'a/:id' }).guard({ required: false })
    const added: string[][] = []
    const app = express().use(express.json())
    let before: Set<PropertyKey>
    const keysOf = (...targets: object[]) => new Set(targets.flatMap((target) => Reflect.ownKeys(target)))
    app.put(
      '/a/:id',
      (req, res, next) => {
        before = keysOf(req, res)
        next()
      },
      guard as RequestHandler,
      (req, res) => {
        added.push(
          [...keysOf(req, res)]
            .filter((key) => !before.has(key))
            .map(String)
            .sort(),
        )
        res.json({})
      },
    )
    await put(await start(app))
    const notes = '_expressIfMatch'
    expect(added).toEqual([[notes, 'destroy', 'end', 'flushHeaders', 'send', 'write', 'writeHead']])
  })
})
