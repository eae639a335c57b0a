import type { RequestHandler, Response } from 'express'
import { ifMatch, type LedgerOptions } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { refusals } from '../support/api.js'
import { ask, majors, start, type Express } from '../support/http.js'
import { heldLedger } from '../support/ledgers.js'

type Handler = (res: Response, lose: () => void) => unknown

async function post(express: Express, handler: Handler, options: Partial<LedgerOptions> = {}) {
  const slow = heldLedger()
  const app = express()
  app.use(ifMatch({ ledger: slow.ledger, ...options }) as RequestHandler)
  app.post('/a', (_req, res) => handler(res, () => slow.fail()))
  const site = await start(app)
  return ask(site, { method: 'POST', path: '/a' })
}

const created =
  (location: string): Handler =>
  (res) =>
    res.status(201).set('Location', location).json({})

describe.each(majors)('%s: a POST in a guarded tree', (_name, express) => {
  it.each([['/a/1'], ['http://elsewhere.example/a/1'], ['//elsewhere.example/a/1']])(
    'gives a tag to what its Location names, whatever host that says: %s',
    async (location) => {
      const answer = await post(express, created(location))
      expect([answer.status, answer.headers.etag]).toEqual([201, expect.stringMatching(/^"[^."]+"$/)])
    },
  )

  it.each([
    ['/a', 'a/1', true],
    ['/a', './a/1', true],
    ['/a/', '1', true],
    ['/a', '/b/../a/1', true],
    // that is /1
    ['/a', '1', false],
    // a proxy may have taken the prefix off the path of the request, as it will off that of the next
    ['/a', '/api/a/1', false],
    ['/', '/a/1', false],
    ['/', '/1', true],
    ['/a', 'http://[', false],
  ])(
    'on %s whose Location is %s: a tag only if it is surely that of what was created',
    async (path, location, surely) => {
      let text = ''
      const app = express()
      app.use(ifMatch() as RequestHandler)
      app.post(path, (_req, res) => {
        text = 'created'
        created(location)(res, () => {})
      })
      app.use((req, res) => {
        text = req.headers['x-text'] as string
        res.json({})
      })
      const site = await start(app)
      const { headers } = await ask(site, { method: 'POST', path })
      expect(headers.etag !== undefined).toBe(surely)
      const member = path === '/' ? '/1' : '/a/1'
      const put = (by: string, tag?: string) =>
        ask(site, { method: 'PUT', path: member, headers: { 'x-text': by, ...(tag && { 'if-match': tag }) } })
      await put('another')
      if (headers.etag !== undefined) expect((await put('creator', headers.etag)).status).toBe(409)
      expect(text).toBe('another')
    },
  )

  it('gives none to what is none of its keys', async () => {
    const options = { key: 'a/:id', params: z.object({ id: z.coerce.number().int() }) }
    const app = express()
    app.use(ifMatch(options) as RequestHandler)
    app.post('/a/:id/copies', (req, res) => created(req.query['location'] as string)(res, () => {}))
    const site = await start(app)
    const tag = async (location: string) =>
      (await ask(site, { method: 'POST', path: `/a/1/copies?location=${location}` })).headers.etag
    expect(await tag('/a/2')).toBeDefined()
    for (const other of ['/a/two', '/a/2/copies/1', '/b/2']) expect(await tag(other), other).toBeUndefined()
    expect((await ask(site, { method: 'POST', path: '/a/one/copies' })).status).toBe(400)
  })

  it('is refused before its handler where authorize says so, and that is reported, under `observe` too', async () => {
    for (const mode of ['enforce', 'observe'] as const) {
      const events = refusals()
      const answer = await post(express, () => expect.unreachable(), { authorize: () => false, mode })
      expect(answer.status).toBe(403)
      expect(events).toMatchObject([{ code: 'forbidden', method: 'POST', enforced: true }])
    }
  })

  it('whose identifier will not do is refused, and reported; under `observe` it is only that', async () => {
    const options = { key: 'a/:id', params: z.object({ id: z.coerce.number().int() }) }
    for (const [mode, status] of [
      ['enforce', 400],
      ['observe', 200],
    ] as const) {
      const events = refusals()
      const app = express()
      app.use(ifMatch({ ...options, mode }) as RequestHandler)
      app.post('/a/:id', (_req, res) => void res.json({}))
      const site = await start(app)
      expect((await ask(site, { method: 'POST', path: '/a/one' })).status).toBe(status)
      expect(events).toMatchObject([{ code: 'malformed-key', enforced: mode === 'enforce' }])
    }
  })

  it('is none of the business of a tree that has no key for it', async () => {
    const answer = await post(express, created('/a/1'), { key: 'other/:id' })
    expect([answer.status, answer.headers.etag]).toEqual([201, expect.stringMatching(/^W\//)])
  })

  it('whose move is lost has an unknown outcome, and says nothing of what it had made', async () => {
    const answer = await post(express, (res, lose) => {
      lose()
      return created('/a/1')(res, lose)
    })
    expect([answer.status, answer.headers.location, answer.headers.etag]).toEqual([500, undefined, undefined])
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'outcome-unknown', applied: 'unknown' })
  })

  it('whose move is lost keeps its answer where that says as much, or where nothing is refused', async () => {
    const fails: Handler = (res, lose) => {
      lose()
      return res.status(502).json({ mine: true })
    }
    expect((await post(express, fails)).text).toBe('{"mine":true}')
    const observed = await post(
      express,
      (res, lose) => {
        lose()
        return created('/a/1')(res, lose)
      },
      { mode: 'observe' },
    )
    expect([observed.status, observed.headers.etag]).toEqual([201, undefined])
  })
})

describe.each(majors)('%s: a guarded POST', (_name, express) => {
  const answers = async (options: LedgerOptions, path: string, location?: string) => {
    const app = express()
    const guards = ifMatch({ ...options, required: false, bodyVersion: 'version' })
    app.post(path, express.json(), guards.guard(), (_req, res) => {
      if (location !== undefined) res.location(location)
      res.status(201).json({ title: 'One' })
    })
    const { headers, text } = await ask(await start(app), { method: 'POST', path: path.replace(':id', '1') })
    const { version } = JSON.parse(text) as { version?: string }
    expect(headers.etag).toBe(version === undefined ? undefined : `"${version}"`)
    return version !== undefined
  }

  it('does not give the version of its own key to what its Location names', async () => {
    expect(await answers({}, '/a', '/a/1')).toBe(false)
    expect(await answers({ key: 'a/:id' }, '/a/:id/copies', '/a/2')).toBe(false)
    expect(await answers({ key: () => 'all' }, '/a', '/a/1')).toBe(false)
  })

  it('gives it where that is what was created', async () => {
    expect(await answers({}, '/a/1', '/a/1')).toBe(true)
    expect(await answers({ key: 'a/:id' }, '/a/:id', '/behind/a/1')).toBe(true)
    expect(await answers({}, '/a')).toBe(true)
  })
})

describe.each(majors)('%s: read()', (_name, express) => {
  it('lets what is no read pass as it is', async () => {
    const app = express()
    app.all('/a', ifMatch().read(), (_req, res) => res.set('ETag', '"mine"').json({}))
    const site = await start(app)
    expect((await ask(site, { method: 'PUT', path: '/a' })).headers.etag).toBe('"mine"')
    expect((await ask(site, { method: 'GET', path: '/a' })).headers.etag).not.toBe('"mine"')
  })
})
