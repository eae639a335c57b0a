import express from 'express'
import { ifMatch, memoryTable, problems } from 'express-if-match'
import { describe, expect, it, vi } from 'vitest'
import { refusals, serve, settlements } from '../support/api.js'
import { majors } from '../support/http.js'
import { noteApi } from '../support/notes.js'
import { lastResort } from '../support/orders.js'

describe('mode as a function', () => {
  const mode = (req: { headers: NodeJS.Dict<string | string[]> }) =>
    req.headers['x-user'] === 'ada' ? 'enforce' : ('observe' as const)

  it.each(majors)('decides for each request, on %s', async (_name, make) => {
    const events = refusals()
    const settled = settlements()
    const notes = ifMatch({ key: 'notes/:id', mode })
    const app = make().get('/notes/:id', notes.read(), (_req, res) => void res.json({}))
    app.put('/notes/:id', notes.guard(), (_req, res) => void res.json({}))
    const send = await serve(app.use(problems()).use(lastResort))
    const tag = (await send('GET', '/notes/1')).headers.etag
    const put = (user: string) =>
      send('PUT', '/notes/1', {
        headers: { 'X-User': user, ...(tag === undefined ? {} : { 'If-Match': tag }) },
      })
    expect((await put('ada')).status).toBe(200)
    expect((await put('ada')).status).toBe(409)
    expect((await put('ben')).status).toBe(200)
    const expected = [tag?.replace(/"|\..*/g, '')]
    expect(events).toMatchObject([
      { mode: 'enforce', enforced: true, route: '/notes/:id', expected },
      { mode: 'observe', enforced: false, route: '/notes/:id', expected },
    ])
    expect(settled).toMatchObject([
      { mode: 'enforce', method: 'PUT', route: '/notes/:id' },
      { mode: 'observe', method: 'PUT', route: '/notes/:id' },
    ])
  })

  it('decides in a tree, for writes, POSTs and reads that name a version', async () => {
    const asked: (string | undefined)[] = []
    const tree = ifMatch({
      required: true,
      mode: (req) => {
        asked.push(req.method)
        return 'observe'
      },
    })
    const send = await serve(
      express()
        .use(tree)
        .use((_req, res) => void res.json({})),
    )
    for (const method of ['PUT', 'POST', 'OPTIONS']) expect((await send(method, '/a/1')).status).toBe(200)
    expect((await send('GET', '/a/1', { headers: { 'If-Match': '"1-1"' } })).status).toBe(200)
    expect(asked).toEqual(['PUT', 'POST', 'GET'])
  })

  it('decides for a table, whose write it makes or refuses', async () => {
    const table = memoryTable<{ id: string; n: number; version: number }>({
      columns: ['n'],
      rows: [{ id: '1', n: 0, version: 1 }],
    })
    const rows = ifMatch({ key: 'rows/:id', table, mode })
    const app = express().use(express.json())
    app.put(
      '/rows/:id',
      rows.wrap(async (req, res, write) => void res.json(await write.update({ n: req.body.n }))),
    )
    const send = await serve(app)
    const put = (user: string) =>
      send('PUT', '/rows/1', { headers: { 'X-User': user, 'If-Match': '"9"' }, body: { n: 1 } })
    expect([(await put('ada')).status, (await put('ben')).status]).toEqual([409, 200])
  })

  it.each<[string, () => unknown, RegExp]>([
    ['gives nothing', () => undefined, /mode\(req\): undefined/],
    ['gives a promise', () => Promise.resolve('observe'), /no promise/],
    [
      'throws',
      () => {
        throw new Error('no flags')
      },
      /no flags/,
    ],
  ])('that %s lets no write through', async (_name, decide, message) => {
    const handler = vi.fn()
    const notes = ifMatch({ key: 'notes/:id', mode: decide as never, required: false })
    const errors: Error[] = []
    const app = express().put('/notes/:id', notes.guard(), handler)
    app.use(ifMatch({ mode: decide as never }))
    app.use(((error, _req, res, _next) => {
      errors.push(error)
      res.status(500).end()
    }) as express.ErrorRequestHandler)
    const send = await serve(app)
    for (const [method, path] of [
      ['PUT', '/notes/1'],
      ['PUT', '/a'],
      ['POST', '/a'],
      ['GET', '/a'],
    ] as const)
      expect((await send(method, path)).status).toBe(500)
    expect(handler).not.toHaveBeenCalled()
    for (const error of errors) expect(error.message).toMatch(message)
  })
})

describe('mode of a route', () => {
  it('overrides the one of ifMatch()', async () => {
    const events = refusals()
    const notes = ifMatch({ key: 'notes/:id', mode: 'observe' })
    const app = express()
    app.put('/notes/:id', notes.guard({ mode: 'enforce' }), (_req, res) => void res.json({}))
    app.patch(
      '/notes/:id',
      notes.wrap((_req, res) => void res.json({})),
    )
    app.delete(
      '/notes/:id',
      notes.wrap((_req, res) => void res.json({}), { mode: 'enforce' }),
    )
    const send = await serve(app)
    const statuses = []
    for (const method of ['PUT', 'PATCH', 'DELETE']) statuses.push((await send(method, '/notes/1')).status)
    expect(statuses).toEqual([428, 200, 428])
    expect(events.map(({ mode, enforced }) => [mode, enforced])).toEqual([
      ['enforce', true],
      ['observe', false],
      ['enforce', true],
    ])
  })

  it.each<[object, string, RegExp]>([
    [{ mode: 'watch' }, 'ERR_OPTION_INVALID', /"watch".*'observe'/],
    [{ required: 'yes' }, 'ERR_OPTION_INVALID', /true or false/],
    [{ skip: true }, 'ERR_OPTION_UNKNOWN', /required, mode, transaction/],
  ])('%j fails at construction', (options, code, message) => {
    const notes = ifMatch({ key: 'notes/:id' })
    const wrong = expect.objectContaining({ code, message: expect.stringMatching(message) })
    expect(() => notes.guard(options as never)).toThrow(wrong)
    expect(() => notes.wrap(() => undefined, options as never)).toThrow(wrong)
  })

  it('a guard in a router is reported by its template, before and after its handler', async () => {
    const [refused, settled] = [refusals(), settlements()]
    const notes = ifMatch({ key: 'notes/:id', mode: 'observe' })
    const router = express.Router().use(notes.guard())
    router.put('/notes/:id', (_req, res) => void res.json({}))
    const send = await serve(express().use('/api', router))
    await send('PUT', '/api/notes/1')
    expect([refused[0]?.route, settled[0]?.route]).toEqual(['/notes/:id', '/notes/:id'])
  })

  it('what a listener would be told is not found out while nobody listens', async () => {
    const { put } = await noteApi({ mode: 'observe' }, (_req, res) => {
      const settled = settlements()
      res.json({})
      later.push(settled)
    })
    const later: ReturnType<typeof settlements>[] = []
    await put('1')
    expect(later[0]).toMatchObject([{ route: undefined, mode: 'observe' }])
  })
})
