import express from 'express'
import { ifMatch, problems, type CurrentOptions, type CurrentWrite } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { gate, serve } from '../support/api.js'
import { lastResort } from '../support/orders.js'

interface Article {
  id: string
  title: string
  updatedAt: Date
}

const NOON = new Date('2025-03-01T12:00:00.000Z')
const LATER = new Date('2025-03-01T12:00:05.250Z')

type Options = Partial<CurrentOptions<Article>>
type Handler = (
  req: express.Request<{ id: string }>,
  res: express.Response,
  write: CurrentWrite<Article>,
) => unknown

function api(options: Options = {}, handler?: Handler) {
  const rows = new Map<string, Article>([['1', { id: '1', title: 'a', updatedAt: NOON }]])
  const save: Handler = (req, res) => {
    rows.set(req.params.id, { id: req.params.id, title: req.body?.title, updatedAt: LATER })
    res.json(rows.get(req.params.id))
  }
  const articles = ifMatch<Article>({
    key: 'articles/:id',
    current: (req) => rows.get((req.originalUrl ?? '').split('/').at(-1) ?? ''),
    version: 'updatedAt',
    represent: ({ title }) => ({ title }),
    ...options,
  })
  const app = express().use(express.json())
  app.get('/articles/:id', (req, res) => articles.send(res, rows.get(req.params.id)))
  app.put('/articles/:id', articles.wrap(handler ?? save))
  app.delete(
    '/articles/:id',
    articles.wrap<express.Request<{ id: string }>>((req, res) => {
      rows.delete(req.params.id)
      res.status(204).end()
    }),
  )
  return { rows, served: serve(app.use(problems()).use(lastResort)) }
}

const named = (...tags: string[]) => ({
  headers: { 'If-Match': tags.map((tag) => `"${tag}"`).join(', ') },
  body: { title: 'b' },
})

describe('current, version: a Date', () => {
  it('gives the row its tag, and answers a write with that of the answered row', async () => {
    const send = await api().served
    const read = await send('GET', '/articles/1')
    expect(read.headers.etag).toMatch(/^"2025-03-01T12:00:00%2E000Z\..+"$/)
    const written = await send('PUT', '/articles/1', {
      headers: { 'If-Match': read.headers.etag },
      body: { title: 'b' },
    })
    expect(written.status).toBe(200)
    expect(written.headers.etag).toBe('"2025-03-01T12:00:05%2E250Z"')
  })

  it('gives no tag where the answer is an echo of the old row, in whatever spelling', async () => {
    for (const updatedAt of [NOON, '2025-03-01T12:00:00Z', '2025-03-01T13:00:00+01:00']) {
      const send = await api({}, (_req, res) => res.json({ title: 'b', updatedAt })).served
      const answer = await send('PUT', '/articles/1', named('2025-03-01T12:00:00Z'))
      expect(answer.status).toBe(200)
      expect(answer.headers.etag).toBeUndefined()
    }
  })

  it('gives no tag where the answer is an echo of a version that the request only had in its body', async () => {
    for (const options of [{ bodyVersion: false }, { mode: 'observe' }] as const) {
      const send = await api(options, (req, res) => res.json(req.body)).served
      for (const updatedAt of ['2025-02-01T12:00:00.000Z', '2031-02-01T13:00:00+01:00']) {
        const { headers } = named('2025-03-01T12:00:00Z')
        const answer = await send('PUT', '/articles/1', { headers, body: { title: 'b', updatedAt } })
        expect([answer.status, answer.headers.etag]).toEqual([200, undefined])
      }
    }
  })

  it('gives the tag where the handler makes the new row of the body', async () => {
    const send = await api({}, (req, res) => res.json(Object.assign(req.body, { updatedAt: LATER }))).served
    const { headers } = named('2025-03-01T12:00:00Z')
    const answer = await send('PUT', '/articles/1', { headers, body: { title: 'b', updatedAt: NOON } })
    expect(answer.headers.etag).toBe('"2025-03-01T12:00:05%2E250Z"')
  })

  it.each([
    '2025-03-01T12:00:00Z',
    '2025-03-01T12:00:00%2E000Z',
    '2025-03-01T12:00:00%2E0Z',
    '2025-03-01T12:00:00%2E000000Z',
    '2025-03-01T13:00:00%2E000+01:00',
  ])('knows the same moment as %s', async (tag) => {
    const send = await api().served
    expect((await send('PUT', '/articles/1', named(tag))).status).toBe(200)
  })

  it.each([
    '2025-03-01T12:00:00%2E001Z',
    '2025-03-01T12:00:00%2E000001Z',
    '2025-03-01T12:00:00',
    '2025-03-01',
    '1740830400000',
    'Sat, 01 Mar 2025 12:00:00 GMT',
  ])('does not take %s for it', async (tag) => {
    const send = await api().served
    const status = tag.includes(' ') ? 400 : 409
    expect((await send('PUT', '/articles/1', named(tag))).status).toBe(status)
  })

  it('sees the same moment in If-None-Match as well', async () => {
    const send = await api().served
    const headers = { 'If-None-Match': '"2025-03-01T13:00:00+01:00"' }
    const answer = await send('PUT', '/articles/1', { headers, body: {} })
    expect(answer).toMatchObject({ status: 412, problem: { code: 'already-exists' } })
  })

  it('finds the version in the body, where the client sends the row back', async () => {
    const send = await api().served
    const { json } = await send('GET', '/articles/1')
    expect((await send('PUT', '/articles/1', { body: json })).status).toBe(200)
    const stale = await send('PUT', '/articles/1', { body: json })
    expect(stale).toMatchObject({
      status: 409,
      problem: { current: { version: LATER.toISOString(), representation: {} }, applied: 'no' },
    })
  })

  it('lets one of twenty through', async () => {
    const all = await (async () => {
      const send = await api().served
      return Promise.all(
        Array.from({ length: 20 }, () => send('PUT', '/articles/1', named('2025-03-01T12:00:00Z'))),
      )
    })()
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    const losers = all.filter(({ status }) => status === 409)
    expect(losers).toHaveLength(19)
    for (const { problem } of losers) expect(problem).toMatchObject({ code: 'version-conflict' })
  })
})

describe('current, other versions', () => {
  it('a function of the row', async () => {
    const { served } = api({ version: (row) => row.title.length })
    const send = await served
    expect((await send('GET', '/articles/1')).headers.etag).toMatch(/^"1\./)
    expect((await send('PUT', '/articles/1', named('2'))).status).toBe(409)
    expect((await send('PUT', '/articles/1', named('1'))).status).toBe(200)
  })

  it('none: the hash of the content', async () => {
    const rows = { title: 'a' }
    const things = ifMatch({ key: 'things/:id', current: () => ({ ...rows }) })
    const app = express().use(express.json())
    app.get('/things/:id', things.read(), (_req, res) => res.json(rows))
    app.put('/things/:id', things.guard(), (req, res) => res.json(Object.assign(rows, req.body)))
    const send = await serve(app)
    const { etag } = (await send('GET', '/things/1')).headers
    const first = await send('PUT', '/things/1', { headers: { 'If-Match': etag }, body: { title: 'b' } })
    expect(first.status).toBe(200)
    expect(first.headers.etag).toBeUndefined()
    const second = await send('PUT', '/things/1', { headers: { 'If-Match': etag }, body: { title: 'c' } })
    expect(second.status).toBe(409)
  })

  it('one that is no version is a mistake', async () => {
    const { rows, served } = api({ version: 'title' })
    rows.set('1', { id: '1', title: '', updatedAt: NOON })
    const send = await served
    expect((await send('PUT', '/articles/1', named('x'))).json).toMatchObject({ code: 'ERR_VERSION_INVALID' })
  })
})

describe('current: existence', () => {
  it('is what `current` finds', async () => {
    const send = await api().served
    const any = { headers: { 'If-Match': '*' }, body: {} }
    expect((await send('PUT', '/articles/2', any)).problem).toMatchObject({ reason: 'gone' })
    const absent = { headers: { 'If-None-Match': '*' }, body: {} }
    expect((await send('PUT', '/articles/2', absent)).status).toBe(200)
    expect((await send('PUT', '/articles/2', absent)).status).toBe(412)
    expect((await send('PUT', '/articles/2', any)).status).toBe(200)
    expect((await send('DELETE', '/articles/2', any)).status).toBe(204)
    expect((await send('PUT', '/articles/2', any)).status).toBe(409)
  })

  it('is looked up under the claim', async () => {
    const looked: string[] = []
    const inside = gate()
    const go = gate()
    const rows = new Map([['1', { n: 1 }]])
    const things = ifMatch({
      key: 'things/:id',
      version: 'n',
      current: () => {
        looked.push('current')
        return rows.get('1')
      },
    })
    const app = express().use(express.json())
    app.put(
      '/things/:id',
      things.wrap(async (_req, res) => {
        looked.push('handler')
        inside.open()
        await go.opened
        rows.set('1', { n: 2 })
        res.json({})
      }),
    )
    const send = await serve(app)
    const one = { headers: { 'If-Match': '"1"' } }
    const first = send('PUT', '/things/1', one)
    await inside.opened
    const second = send('PUT', '/things/1', one)
    go.open()
    expect((await first).status).toBe(200)
    expect((await second).status).toBe(409)
    expect(looked).toEqual(['current', 'handler', 'current'])
  })

  it('an error of `current` reaches the error handler, and leaves no claim behind', async () => {
    let fail = true
    const { served } = api({
      claim: { wait: 0 },
      current: () => {
        if (fail) throw Object.assign(new Error('down'), { code: 'DOWN' })
        return { id: '1', title: 'a', updatedAt: NOON }
      },
    })
    const send = await served
    expect((await send('PUT', '/articles/1', named('x'))).json).toMatchObject({ code: 'DOWN' })
    fail = false
    expect((await send('PUT', '/articles/1', named('2025-03-01T12:00:00Z'))).status).toBe(200)
  })
})
