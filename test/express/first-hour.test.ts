import express, { type Request } from 'express'
import { ifMatch, memoryTable, problems, type LedgerOptions } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { majors, type Express } from '../support/http.js'
import { noteApi } from '../support/notes.js'
import { lastResort } from '../support/orders.js'

/** What the application's error handler shows of a mistake: its code, the place in the docs, and the fix. */
const teaches = (code: string, fix: string) => ({
  status: 500,
  json: {
    code,
    message: expect.stringMatching(new RegExp(`${fix}.*\\(${code}, see docs/errors\\.md\\)`, 's')),
  },
})

const ok = (_req: Request, res: express.Response) => void res.json({})

describe.each(majors)('mistakes of the first hour, on %s', (_name, make: Express) => {
  it.each<[string, (req: { params?: { id?: string } }) => string | undefined]>([
    ['in a text', (req) => `articles/${req.params?.id}`],
    ['by itself', (req) => req.params?.id],
    [
      'where it is looked at',
      (req) => (req.params?.id === undefined ? undefined : `articles/${req.params.id}`),
    ],
  ])('a key from req.params under app.use, which has none: %s', async (_how, key) => {
    const app = make()
      .use(ifMatch({ key: key as never }))
      .put('/articles/:id', ok)
      .use(lastResort)
    const send = await serve(app)
    expect(await send('PUT', '/articles/1')).toMatchObject(
      teaches('ERR_KEY_INVALID', "no req\\.params yet.*'articles/:id'"),
    )
  })

  it('a key function may still leave a request alone', async () => {
    const key = (req: { originalUrl?: string; params?: { id?: string } }) =>
      req.originalUrl === '/free' ? undefined : `notes/${req.params?.id}`
    const send = await serve(
      make()
        .use(ifMatch({ key: key as never, required: true }))
        .put('/free', ok)
        .use(lastResort),
    )
    expect((await send('PUT', '/free')).status).toBe(200)
  })

  it('a key function may look at a parameter that is there, and leave the request alone', async () => {
    const key = ({ params }: { params?: { id?: string } }) =>
      params?.id === 'free' ? undefined : `notes/${params?.id}`
    const notes = ifMatch({ key: key as never })
    const send = await serve(make().put('/notes/:id', notes.guard(), ok).use(lastResort))
    expect([(await send('PUT', '/notes/free')).status, (await send('PUT', '/notes/1')).status]).toEqual([
      200, 428,
    ])
  })

  it('a key function on a route may leave a request without its optional parameter alone', async () => {
    const key = ({ params }: { params?: { id?: string } }) =>
      params?.id === undefined ? undefined : `notes/${params.id}`
    const notes = ifMatch({ key: key as never })
    const send = await serve(make().put(['/notes', '/notes/:id'], notes.guard(), ok).use(lastResort))
    expect([(await send('PUT', '/notes')).status, (await send('PUT', '/notes/1')).status]).toEqual([200, 428])
  })

  it('a parser behind the guard', async () => {
    const table = memoryTable<{ id: string; version: number }>({ rows: [{ id: '1', version: 1 }] })
    const orders = ifMatch({ key: 'orders/:id', table })
    const app = make().put('/orders/:id', orders.wrap(ok), make.json()).use(lastResort)
    const send = await serve(app)
    const answer = await send('PUT', '/orders/1', { body: { version: 1 } })
    expect(answer).toMatchObject(teaches('ERR_BODY_NOT_PARSED', 'express\\.json\\(\\) before the guard'))
  })

  it('two versions in one body: the one that is counted, and one that the row has', async () => {
    const notes = ifMatch({ key: 'notes/:id', bodyVersion: 'version' })
    const app = make().get(
      '/notes/:id',
      notes.read(),
      (_req, res) => void res.json({ text: 'a', version: 'draft' }),
    )
    const send = await serve(app.use(lastResort))
    expect(await send('GET', '/notes/1')).toMatchObject(teaches('ERR_BODY_VERSION_TAKEN', 'another'))
  })
})

describe('mistakes of the first hour', () => {
  it('a guard on a table fails at construction, and names wrap', () => {
    const orders = ifMatch({ key: 'orders/:id', table: memoryTable<{ id: string; version: number }>() })
    expect(() => (orders as unknown as { guard(): void }).guard()).toThrow(
      expect.objectContaining({
        code: 'ERR_TABLE_GUARD',
        message: expect.stringMatching(/use wrap\(.*see docs\/errors\.md/),
      }),
    )
  })

  it.each<[string, LedgerOptions]>([
    ['a ledger', {}],
    ['a ledger that shows the version', { reveal: 'version' }],
  ])(
    'the tag of another resource is a conflict on %s, which names the resource that was meant',
    async (_name, options) => {
      const { put, tag } = await noteApi(options)
      const first = await put('1', await tag('1'))
      const answer = await put('2', first.headers.etag)
      expect(answer).toMatchObject({
        status: 409,
        problem: { code: 'version-conflict', resource: 'notes/2' },
      })
      expect((await put('2', '"not-ours"')).problem).toMatchObject({
        code: 'malformed-precondition',
        detail: expect.stringContaining('names no entity tag that this API gives out'),
      })
    },
  )

  it('a header and a body that name two versions: both must hold', async () => {
    const table = memoryTable<{ id: string; version: number; text: string }>({
      columns: ['text'],
      rows: [{ id: '1', version: 1, text: '' }],
    })
    const notes = ifMatch({ key: 'notes/:id', table })
    const app = express().use(express.json())
    app.put(
      '/notes/:id',
      notes.wrap(async (_req, res, write) => void res.json(await write.update({ text: 'a' }))),
    )
    const send = await serve(app.use(problems()))
    const put = (tag: string, version: number) =>
      send('PUT', '/notes/1', { headers: { 'If-Match': tag }, body: { version } })
    expect((await put('"1"', 9)).problem).toMatchObject({ code: 'version-conflict' })
    expect((await put('"9"', 1)).problem).toMatchObject({ code: 'version-conflict' })
    expect((await put('"1"', 1)).status).toBe(200)
  })
})
