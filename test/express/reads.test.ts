import type { Request, RequestHandler, Response } from 'express'
import { ifMatch, memoryTable } from 'express-if-match'
import type http from 'node:http'
import { describe, expect, it } from 'vitest'
import { ask, majors, start, type Answer, type Express, type Site } from '../support/http.js'
import { heldLedger, laterLedger } from '../support/ledgers.js'

type Handler = (req: Request, res: Response) => unknown

interface Stage {
  readonly site: Site
  readonly touch: () => Promise<void>
}

async function stage(
  express: Express,
  handler: Handler,
  options: { skip?: boolean; weakTags?: 'accept' } = {},
): Promise<Stage> {
  const { skip = false, weakTags = 'reject' } = options
  const guards = ifMatch({ ledger: laterLedger(), key: 'a', required: false, weakTags })
  const app = express()
  app.get('/a', guards.read({ skip }), handler as RequestHandler)
  return { site: await start(app), touch: () => guards.touch('a') }
}

const get = (site: Site, headers: http.OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> =>
  ask(site, { path: '/a', method, headers })

const json: Handler = (_req, res) => res.json({ title: 'One' })

describe.each(majors)('%s: a read', (_name, express) => {
  it('has a tag of version and content: the same for the same, another for another', async () => {
    let title = 'One'
    const { site, touch } = await stage(express, (_req, res) => res.json({ title }))
    const tag = async (method = 'GET') => (await get(site, {}, method)).headers.etag
    const first = await tag()
    expect(first).toMatch(/^"[^".]+\.[^".]+"$/)
    expect([await tag(), await tag('HEAD')]).toEqual([first, first])
    title = 'Two'
    const content = await tag()
    expect(content).not.toBe(first)
    expect(content?.split('.')[0]).toBe(first?.split('.')[0])
    await touch()
    const moved = await tag()
    expect(moved?.split('.')[1]).toBe(content?.split('.')[1])
    expect(moved?.split('.')[0]).not.toBe(content?.split('.')[0])
  })

  it('is a 304 for who has it, by http.request and by fetch, which adds Cache-Control', async () => {
    const { site, touch } = await stage(express, json)
    const { headers } = await get(site)
    const etag = headers.etag ?? ''
    const again = await get(site, { 'if-none-match': etag })
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag])
    expect((await get(site, { 'if-none-match': etag, 'cache-control': 'no-cache' })).status).toBe(304)
    const fetched = await fetch(`${site.url}/a`, { headers: { 'if-none-match': etag } })
    expect([fetched.status, fetched.headers.get('etag')]).toEqual([304, etag])
    await touch()
    const moved = await fetch(`${site.url}/a`, { headers: { 'if-none-match': etag } })
    expect([moved.status, await moved.json()]).toEqual([200, { title: 'One' }])
  })

  it('compares If-None-Match weakly, in lists, and only what the grammar allows', async () => {
    const { site } = await stage(express, json)
    const etag = (await get(site)).headers.etag ?? ''
    const status = async (value: string) => (await get(site, { 'if-none-match': value })).status
    for (const fresh of [`W/${etag}`, `"x", ${etag}`, `"a,b", W/${etag}`, `, ${etag} ,`, '*'])
      expect(await status(fresh), fresh).toBe(304)
    for (const stale of [
      '"x"',
      'x',
      `"x" ${etag}`,
      `w/${etag}`,
      `*, ${etag}`,
      etag.slice(0, -1),
      '',
      `"x,${etag.slice(1)}`,
    ])
      expect(await status(stale), stale).toBe(200)
  })

  it('knows its own tag after a proxy weakened it, where it may', async () => {
    const accepting = await stage(express, json, { weakTags: 'accept' })
    const rejecting = await stage(express, json)
    for (const [{ site }, expected] of [
      [accepting, 304],
      [rejecting, 200],
    ] as const) {
      const etag = (await get(site)).headers.etag ?? ''
      expect((await get(site, { 'if-none-match': `${etag.slice(0, -1)}-gzip"` })).status).toBe(expected)
    }
  })

  it('of a stream has a tag to write with, which never makes a 304', async () => {
    const { site } = await stage(express, (_req, res) => {
      res.write('one')
      res.end('two')
    })
    const { headers } = await get(site)
    expect(headers.etag).toMatch(/^"[^".]+\.~[^".]+"$/)
    const again = await get(site, { 'if-none-match': headers.etag })
    expect([again.status, again.text]).toEqual([200, 'onetwo'])
    expect(again.headers.etag).not.toBe(headers.etag)
    expect((await get(site, { 'if-match': headers.etag })).status).toBe(200)
  })

  it('replaces the tag of the handler, and looks at the content whatever it is sent by', async () => {
    const handlers: Handler[] = [
      (_req, res) => res.set('ETag', '"mine"').json({ a: 1 }),
      (_req, res) => res.set('ETag', 'W/"mine"').end('text'),
      (_req, res) => res.send(new Uint8Array([1, 2])),
      (_req, res) => void res.writeHead(200, { etag: '"mine"' }).end('text'),
    ]
    for (const handler of handlers) {
      const { site } = await stage(express, handler)
      const first = await get(site)
      expect(first.headers.etag).toMatch(/^"[^".]+\.[^".~]+"$/)
      expect((await get(site, { 'if-none-match': first.headers.etag })).status).toBe(304)
      expect((await get(site, { 'if-none-match': '"mine"' })).status).toBe(200)
    }
  })

  it('that is no 200 has none', async () => {
    for (const status of [201, 202, 203, 301, 404, 410, 500]) {
      const { site } = await stage(express, (_req, res) => res.set('ETag', '"mine"').status(status).json({}))
      expect((await get(site, { 'if-none-match': '*' })).status).toBe(status)
      expect((await get(site)).headers.etag, String(status)).toBeUndefined()
    }
  })

  it('is a 304 by date as well, which then names no state: a second hides more than one', async () => {
    const modified = 'Thu, 01 Jan 2026 00:00:00 GMT'
    const { site } = await stage(express, (_req, res) => res.set('Last-Modified', modified).json({}))
    const since = { 'if-modified-since': modified }
    const again = await get(site, since)
    expect([again.status, again.headers.etag, again.headers['last-modified']]).toEqual([
      304,
      undefined,
      modified,
    ])
    expect((await get(site, { 'if-modified-since': 'Thu, 01 Jan 2025 00:00:00 GMT' })).status).toBe(200)
    // §13.1.3: it is ignored beside If-None-Match
    expect((await get(site, { ...since, 'if-none-match': '"x"' })).status).toBe(200)
  })

  it('that a handler calls not modified is left to it', async () => {
    const { site } = await stage(express, (_req, res) => res.status(304).end())
    const answer = await get(site)
    expect([answer.status, answer.headers.etag]).toEqual([304, undefined])
  })

  it('may demand the state of an earlier one', async () => {
    const { site, touch } = await stage(express, (req, res) =>
      res.json({ seen: req.get('If-Match') ?? null }),
    )
    const { headers } = await get(site)
    expect((await get(site, { 'if-match': '*' })).status).toBe(200)
    expect((await get(site, { 'if-match': headers.etag })).text).toBe('{"seen":null}')
    expect((await get(site, { 'if-match': `"x-1", ${headers.etag ?? ''}` })).status).toBe(200)
    // §13.2.2: If-Match decides first, If-None-Match then
    expect((await get(site, { 'if-match': headers.etag, 'if-none-match': headers.etag })).status).toBe(304)
    await touch()
    const stale = await get(site, { 'if-match': headers.etag, 'if-none-match': headers.etag })
    expect([stale.status, stale.headers.etag]).toEqual([412, undefined])
    expect((await get(site, { 'if-match': 'nonsense' })).status).toBe(400)
  })
})

describe.each(majors)('%s: a read that is refused', (_name, express) => {
  it('is for no cache to keep, whatever was set before its guard; that nothing is there may be kept', async () => {
    const guards = ifMatch({
      key: 'a',
      current: ({ headers }) => (headers.host === 'none' ? undefined : { n: 1 }),
      version: 'n',
      authorize: (req) => req.headers.cookie !== 'other',
    })
    const app = express()
    app.use((_req, res, next) => {
      res.set('Cache-Control', 'public, max-age=60')
      res.set('CDN-Cache-Control', 'max-age=600')
      next()
    })
    app.get('/a', guards.read(), (req, res) => {
      guards.send(res, req.headers.host === 'none' ? undefined : { n: 1 })
    })
    const site = await start(app)
    const told = async (headers: http.OutgoingHttpHeaders, method?: string) => {
      const answer = await get(site, headers, method)
      return [answer.status, answer.headers['cache-control'], answer.headers['cdn-cache-control']]
    }
    const kept = ['public, max-age=60', 'max-age=600']
    expect(await told({})).toEqual([200, ...kept])
    for (const method of ['GET', 'HEAD']) {
      expect(await told({ 'if-match': '"2"' }, method)).toEqual([412, 'no-store', undefined])
      expect(await told({ 'if-match': 'anything' }, method)).toEqual([400, 'no-store', undefined])
      expect(await told({ cookie: 'other' }, method)).toEqual([403, 'no-store', undefined])
    }
    expect(await told({ host: 'none' })).toEqual([404, ...kept])
  })
})

describe.each(majors)('%s: a read whose store is down', (_name, express) => {
  it('is answered without a tag, unless it demands a version', async () => {
    const slow = heldLedger()
    const app = express()
    app.get('/a', ifMatch({ ledger: slow.ledger }).read(), json as RequestHandler)
    const site = await start(app)
    const { headers } = await get(site)
    slow.fail()
    const down = await get(site, { 'if-none-match': headers.etag })
    expect([down.status, down.text, down.headers.etag]).toEqual([200, '{"title":"One"}', undefined])
    const demanding = await get(site, { 'if-match': headers.etag })
    expect([demanding.status, demanding.headers['retry-after']]).toEqual([503, '1'])
    expect(JSON.parse(demanding.text)).toMatchObject({ code: 'store-unavailable', applied: 'no' })
  })
})

describe.each(majors)('%s: a row that is sent', (_name, express) => {
  interface Row {
    id: number
    title: string
    version: number
  }
  it('has its version for a tag, with a read before it or without', async () => {
    const table = memoryTable<Row>({ id: 'id', version: 'version', columns: ['title'] })
    table.insert({ id: 1 }, { title: 'One' })
    const guards = ifMatch({ table, key: 'rows/:id' })
    const app = express()
    const show: RequestHandler = async (req, res) => {
      guards.send(res, table.find({ id: Number(req.params['id']) }))
    }
    app.get('/rows/:id', show)
    app.get('/v2/rows/:id', guards.read(), show)
    const site = await start(app)
    for (const path of ['/rows/1', '/v2/rows/1']) {
      const first = await ask(site, { path })
      expect(first.headers.etag).toMatch(/^"1\.[^.]+"$/)
      const ask304 = await ask(site, { path, headers: { 'if-none-match': first.headers.etag } })
      expect([ask304.status, ask304.headers.etag]).toEqual([304, first.headers.etag])
      expect((await ask(site, { path, headers: { 'if-match': first.headers.etag } })).status).toBe(200)
      const stale = await ask(site, { path, headers: { 'if-match': '"7"' } })
      expect([path, stale.status]).toEqual([path, 412])
      const none = await ask(site, { path: path.replace('1', '9').replace('v9', 'v2') })
      expect([none.status, none.headers.etag]).toEqual([404, undefined])
    }
  })
})
