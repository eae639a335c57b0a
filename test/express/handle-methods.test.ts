import express, { type Request } from 'express'
import { ifMatch, memoryLedger, preconditionOf, problems, type LedgerWrite } from 'express-if-match'
import { METHODS } from 'node:http'
import { describe, expect, it } from 'vitest'
import { serve, settlements } from '../support/api.js'
import { noteApi } from '../support/notes.js'
import { lastResort } from '../support/orders.js'

/** Beside GET, HEAD, OPTIONS and TRACE; not every Node knows each of them. */
const SAFE = ['QUERY', 'PROPFIND', 'REPORT', 'SEARCH'].filter((method) => METHODS.includes(method))

describe('the handle', () => {
  it('is on req.precondition, and what preconditionOf() gives', async () => {
    const { put, tag } = await noteApi({}, (req, res) => {
      const write = preconditionOf<LedgerWrite>(req)
      expect((req as Request & { precondition?: unknown }).precondition).toBe(write)
      res.json({
        key: write.key,
        expected: write.expected,
        fence: write.fence,
        aborted: write.signal.aborted,
      })
    })
    const read = await tag()
    const { json } = await put('1', read)
    const version = read.slice(1, read.indexOf('.'))
    expect(json).toMatchObject({
      key: 'notes/1',
      expected: { kind: 'one-of', versions: [version], source: 'if-match' },
      fence: 1,
      aborted: false,
    })
    expect((await put('1', await tag())).json.fence).toBe(2)
  })

  it('is missed by a handler without a guard', async () => {
    const app = express().put('/a', (req, res) => res.json(preconditionOf(req).key))
    const answer = await (await serve(app.use(lastResort)))('PUT', '/a')
    expect(answer.json).toMatchObject({ code: 'ERR_NO_PRECONDITION' })
    expect(answer.json.message).toContain('PUT "/a"')
  })

  it('of a safe method says so once it is used, and not before', async () => {
    const guards = ifMatch({ key: 'a/:id' })
    const app = express()
    app.get(
      '/a/:id',
      guards.wrap((req, res, write) => res.json(req.query['use'] === undefined ? {} : write.key)),
    )
    const send = await serve(app.use(lastResort))
    expect((await send('GET', '/a/1')).status).toBe(200)
    expect((await send('GET', '/a/1?use')).json).toMatchObject({ code: 'ERR_NO_PRECONDITION' })
  })

  it('guard() leaves safe methods alone, and OPTIONS', async () => {
    const guards = ifMatch({ key: 'a/:id' })
    const app = express().all('/:any/:id', guards.guard(), (_req, res) => res.json({}))
    const send = await serve(app)
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE', ...SAFE])
      expect((await send(method, '/b/1', { headers: { 'If-Match': 'malformed' } })).status, method).toBe(200)
    expect((await send('DELETE', '/a/1')).status).toBe(428)
  })

  it.each(SAFE)('a tree lets %s pass, which moves no version and needs none', async (method) => {
    const guards = ifMatch({ required: true })
    const app = express()
      .use(guards)
      .all('/a/1', (_req, res) => res.json({}))
    const before = await guards.versions(['a/1'])
    expect((await (await serve(app))(method, '/a/1')).status).toBe(200)
    expect(await guards.versions(['a/1'])).toEqual(before)
  })
})

describe('what a ledger handler says of its write', () => {
  const cases: readonly [string, (write: LedgerWrite) => unknown, number, number, string][] = [
    ['nothing, 200', () => undefined, 200, 1, 'written'],
    ['nothing, 303', () => undefined, 303, 1, 'written'],
    ['nothing, 404', () => undefined, 404, 0, 'unwritten'],
    ['nothing, 500', () => undefined, 500, 1, 'unknown'],
    ['unchanged(), 200', (write) => write.unchanged(), 200, 0, 'unwritten'],
    ['unchanged(), 500', (write) => write.unchanged(), 500, 1, 'unknown'],
    ['wrote(), 422', (write) => write.wrote(), 422, 1, 'unknown'],
    ['wrote(), 200', (write) => write.wrote(), 200, 1, 'written'],
  ]
  it.each(cases)('%s', async (_name, say, status, moves, outcome) => {
    const events = settlements()
    const { put, tag, guards } = await noteApi({}, (req, res) => {
      say(preconditionOf<LedgerWrite>(req))
      res.status(status).json({})
    })
    const before = await tag()
    const answer = await put('1', before)
    expect(answer.status).toBe(status)
    const [version] = await guards.versions(['notes/1'])
    expect(version).toMatch(new RegExp(`-${moves}$`))
    expect(events).toMatchObject([{ key: 'notes/1', status, outcome }])
    const tagged = status === 200
    expect(answer.headers.etag).toBe(tagged ? `"${version}"` : undefined)
  })

  it('unchanged() gives the tag of the version that stays', async () => {
    const { put, tag } = await noteApi({}, (req, res) => {
      preconditionOf(req).unchanged()
      res.json({})
    })
    const before = await tag()
    const { headers } = await put('1', before)
    expect(headers.etag).toBe(`${before.slice(0, before.indexOf('.'))}"`)
  })

  it('conflict(): 409 with what it shows, and the version stays', async () => {
    const { put, tag } = await noteApi({}, (req) =>
      preconditionOf(req).conflict({ detail: 'Locked by the month’s end.', representation: { a: 1 } }),
    )
    const before = await tag()
    const answer = await put('1', before)
    expect(answer).toMatchObject({
      status: 409,
      problem: { code: 'version-conflict', detail: 'Locked by the month’s end.', applied: 'no' },
    })
    expect(answer.problem.current).toEqual({ representation: { a: 1 } })
    expect(answer.headers.etag).toBeUndefined()
    expect(await tag()).toBe(before)
  })

  it('signal aborts when the handler has held the key for too long', async () => {
    const reasons: unknown[] = []
    const { put, tag } = await noteApi({ ledger: memoryLedger(), claim: { max: 1 } }, async (req) => {
      const { signal } = preconditionOf<LedgerWrite>(req)
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      reasons.push((signal.reason as Error).message)
    })
    const answer = await put('1', await tag())
    expect(answer).toMatchObject({ status: 500, problem: { code: 'outcome-unknown' } })
    expect(reasons).toEqual([expect.stringContaining('notes/1')])
  })
})

describe('versions() and touch()', () => {
  it('are in the order of the keys, and one call of the store', async () => {
    const calls: (readonly string[])[] = []
    const store = memoryLedger()
    const ledger = {
      ...store,
      getMany: (keys: readonly string[]) => (calls.push(keys), store.getMany(keys)),
    }
    const guards = ifMatch({ ledger })
    await guards.touch(['b', 'c'])
    await guards.touch('c')
    const versions = await guards.versions(['c', 'a', 'b'])
    expect(versions.map((version) => version.split('-')[1])).toEqual(['2', '0', '1'])
    expect(calls).toEqual([['c', 'a', 'b']])
    expect(await guards.versions([])).toEqual([])
  })

  it('a write that was built on a touched version is refused', async () => {
    const { put, tag, guards } = await noteApi()
    const before = await tag()
    await guards.touch('notes/1')
    expect((await put('1', before)).status).toBe(409)
  })
})

describe('errors of a wrapped handler', () => {
  it.each([
    [
      'throws',
      () => {
        throw Object.assign(new Error('no'), { code: 'NO' })
      },
    ],
    ['rejects', () => Promise.reject(Object.assign(new Error('no'), { code: 'NO' }))],
  ])('%s: the error handler answers, once', async (_name, handler) => {
    const guards = ifMatch({ key: 'a/:id', required: false })
    const app = express().put('/a/:id', guards.wrap(handler)).use(problems()).use(lastResort)
    expect(await (await serve(app))('PUT', '/a/1')).toMatchObject({ status: 500, json: { code: 'NO' } })
  })
})
