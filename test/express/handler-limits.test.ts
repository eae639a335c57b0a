import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { ifMatch, memoryLedger, type LedgerGuards } from 'express-if-match'
import { fakeClock, type FakeClock } from 'express-if-match/testing'
import { EventEmitter, once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { ask, majors, start, wire, type Answer, type Express, type Site } from '../support/http.js'

const MAX = 60_000

interface Stage {
  readonly site: Site
  readonly clock: FakeClock
  readonly guards: LedgerGuards
  readonly errors: unknown[]
  /** the request and the `next` of the handler that runs, once it does */
  readonly begun: () => Promise<readonly [Response, (error?: unknown) => void]>
  /** how often the version has moved */
  readonly moves: () => Promise<number>
}

type Way = 'guard' | 'wrap'

async function stage(express: Express, way: Way, before: readonly RequestHandler[] = []): Promise<Stage> {
  const clock = fakeClock()
  const ledger = memoryLedger()
  const guards = ifMatch({ ledger, clock, required: false, key: 'a', claim: { max: MAX, body: 5_000 } })
  const events = new EventEmitter()
  const errors: unknown[] = []
  const app = express()
  for (const middleware of before) app.use(middleware)
  app.use((_req, res, next) => {
    res.set('X-Before', '1')
    next()
  })
  const handler = (_req: Request, res: Response, next: (error?: unknown) => void): void => {
    res.set('X-Handler', '1').cookie('a', '1').location('/there')
    events.emit('begun', res, next)
  }
  if (way === 'guard') app.put('/a', guards.guard(), handler)
  else
    app.put(
      '/a',
      guards.wrap(
        (req: Request, res: Response) =>
          new Promise<void>((resolve, reject) => {
            res.once('done', resolve)
            handler(req, res, reject)
          }),
      ),
    )
  app.use(((error, _req, res, next) => {
    errors.push(error)
    if (res.headersSent) next(error)
    else res.status(500).json({ error: 'told' })
  }) satisfies ErrorRequestHandler)
  const site = await start(app)
  const [first] = await guards.versions(['a'])
  const count = (version: string | undefined) => Number(version?.split('-').at(-1))
  return {
    site,
    clock,
    guards,
    errors,
    begun: async () => (await once(events, 'begun')) as [Response, (error?: unknown) => void],
    moves: async () => count((await guards.versions(['a']))[0]) - count(first),
  }
}

async function givenUp(s: Stage): Promise<readonly [Answer, Response, (error?: unknown) => void]> {
  const begun = s.begun()
  const asked = ask(s.site, { method: 'PUT', path: '/a' })
  const [res, next] = await begun
  await s.clock.advance(MAX - 1)
  expect(await s.moves()).toBe(0)
  await s.clock.advance(1)
  return [await asked, res, next]
}

describe.each(
  majors.flatMap(([name, express]) =>
    (['guard', 'wrap'] as const).map((way) => [name, way, express] as const),
  ),
)('%s, %s: a handler that never answers', (_name, way, express) => {
  it('is given up: an unknown outcome, from the headers at the guard, and the key is free', async () => {
    const s = await stage(express, way)
    const [answer] = await givenUp(s)
    expect(answer.status).toBe(500)
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 'outcome-unknown',
      applied: 'unknown',
      resource: 'a',
    })
    expect(answer.headers['x-before']).toBe('1')
    for (const name of ['x-handler', 'location', 'set-cookie', 'etag'])
      expect(answer.headers[name], name).toBeUndefined()
    expect(await s.moves()).toBe(1)
    const begun = s.begun()
    const other = ask(s.site, { method: 'PUT', path: '/a' })
    const [res] = await begun
    res.json({}).emit('done')
    expect((await other).status).toBe(200)
  })

  it('and then comes late: its answer is dropped, without an error, and the version moves again', async () => {
    const s = await stage(express, way)
    const [, res] = await givenUp(s)
    expect([res.headersSent, res.writableEnded]).toEqual([false, false])
    res.status(201).set('X-Late', '1').cookie('b', '2').json({ late: true })
    expect([res.headersSent, res.writableEnded]).toEqual([true, true])
    res.emit('done')
    await settles(async () => expect(await s.moves()).toBeGreaterThanOrEqual(2))
    expect(s.errors).toEqual([])
  })

  it('and then streams late: nobody is told to wait, callbacks are called', async () => {
    const s = await stage(express, way)
    const [, res] = await givenUp(s)
    res.writeHead(200, { 'X-Late': '1' })
    res.flushHeaders()
    await new Promise((resolve) => expect(res.write('late', resolve)).toBe(true))
    await new Promise<void>((resolve) => void res.end('end', () => resolve()))
    res.emit('done')
    await settles(async () => expect(await s.moves()).toBeGreaterThanOrEqual(2))
  })

  it('and then fails late: the error handler hears of it, and the version moves again', async () => {
    const s = await stage(express, way)
    const [, , next] = await givenUp(s)
    next(new Error('late'))
    await settles(async () => expect(await s.moves()).toBeGreaterThanOrEqual(2))
    expect(s.errors.map(String)).toEqual(['Error: late'])
  })

  it('not even to a client that has gone', async () => {
    const s = await stage(express, way)
    const client = await wire(s.site)
    const begun = s.begun()
    client.send('PUT /a HTTP/1.1\r\nHost: a\r\n\r\n')
    const [res] = await begun
    const closed = once(res, 'close')
    client.socket.destroy()
    await closed
    await s.clock.advance(MAX)
    expect(await s.moves()).toBe(1)
    res.json({ late: true }).emit('done')
    await settles(async () => expect(await s.moves()).toBeGreaterThanOrEqual(2))
    expect(s.errors).toEqual([])
  })
})

describe.each(majors)('%s: a wrapped handler', (_name, express) => {
  it('that answers and then never ends has an unknown outcome too', async () => {
    const s = await stage(express, 'wrap')
    const begun = s.begun()
    const asked = ask(s.site, { method: 'PUT', path: '/a' })
    const [res] = await begun
    res.json({ a: 1 })
    await s.clock.advance(MAX)
    const answer = await asked
    expect([answer.status, (JSON.parse(answer.text) as { code: string }).code]).toEqual([
      500,
      'outcome-unknown',
    ])
    expect(await s.moves()).toBe(1)
    res.emit('done')
    await settles(async () => expect(await s.moves()).toBe(2))
  })

  it('that answers in time is not given up afterwards', async () => {
    const s = await stage(express, 'wrap')
    const begun = s.begun()
    const asked = ask(s.site, { method: 'PUT', path: '/a' })
    const [res] = await begun
    res.json({ a: 1 }).emit('done')
    expect((await asked).status).toBe(200)
    await s.clock.advance(MAX)
    expect(await s.moves()).toBe(1)
    expect(s.clock.pending).toBe(0)
  })
})

/** Follows promises, turn by turn, until the assertion holds. */
async function settles(assertion: () => Promise<void>): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    try {
      await assertion()
      return
    } catch {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await assertion()
}
