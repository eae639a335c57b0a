import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { ifMatch, memoryLedger, memoryTable, preconditionOf } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { ask, majors, start } from '../support/http.js'
import { heldLedger } from '../support/ledgers.js'

interface Row {
  id: number
  title: string
  version: number
}

describe.each(majors)('%s: a guard inside a guarded tree', (_name, express) => {
  it('knows the state better: its tag stands, and so does its 304', async () => {
    const table = memoryTable<Row>({ rows: [{ id: 1, title: 'One', version: 7 }] })
    const rows = ifMatch({ table, key: 'rows/:id' })
    const app = express()
    app.use(ifMatch() as RequestHandler)
    app.use(express.json())
    app.get('/rows/:id', rows.read(), (req, res) => res.json(table.find({ id: Number(req.params['id']) })))
    app.put(
      '/rows/:id',
      rows.wrap(async (_req: Request, res: Response, write) => {
        res.json(await write.update({ title: 'Two' }))
      }),
    )
    app.get('/other', (_req, res) => res.json({}))
    const site = await start(app)
    const path = '/rows/1'
    const read = await ask(site, { path })
    expect(read.headers.etag).toMatch(/^"7\.[^.]+"$/)
    const again = await ask(site, { path, headers: { 'if-none-match': read.headers.etag } })
    expect([again.status, again.headers.etag]).toEqual([304, read.headers.etag])
    const headers = { 'content-type': 'application/json' }
    const put = await ask(site, { method: 'PUT', path, headers, body: '{"version":7}' })
    expect([put.status, put.headers.etag]).toEqual([200, '"8"'])
    expect((await ask(site, { path: '/other' })).headers.etag).toMatch(/^"[^."]+-0\.[^.]+"$/)
  })

  it('has no say in a problem that takes the place of its answer', async () => {
    const slow = heldLedger()
    const app = express()
    app.use(ifMatch({ ledger: slow.ledger, respond: 'next' }) as RequestHandler)
    app.put('/a', ifMatch({ required: false }).guard(), (_req, res) => {
      slow.fail()
      res.json({})
    })
    app.use(((error: { code: string }, _req, res, _next) => {
      res.status(500).json({ code: error.code })
    }) satisfies ErrorRequestHandler)
    const answer = await ask(await start(app), { method: 'PUT', path: '/a' })
    expect([answer.status, answer.text, answer.headers.etag]).toEqual([
      500,
      '{"code":"outcome-unknown"}',
      undefined,
    ])
  })

  it.each(['/a/1', '/a/1/publish'])(
    'settles POST %s once: its tag is good for the next write',
    async (path) => {
      const ledger = memoryLedger()
      const options = { ledger, key: 'a/:id' }
      const app = express()
      app.use(ifMatch(options) as RequestHandler)
      const inner = ifMatch(options)
      app.post(path.replace('1', ':id'), inner.guard({ required: false }), (req, res) => {
        if (req.headers['x-unchanged'] !== undefined) preconditionOf(req).unchanged()
        res.json({})
      })
      const site = await start(app)
      const post = async (headers = {}) => ask(site, { method: 'POST', path, headers })
      const first = await post()
      const second = await post({ 'if-match': first.headers.etag })
      expect([first.status, second.status]).toEqual([200, 200])
      expect(second.headers.etag).not.toBe(first.headers.etag)
      const third = await post({ 'if-match': second.headers.etag, 'x-unchanged': '1' })
      expect([third.status, third.headers.etag]).toEqual([200, second.headers.etag])
      const [version] = await inner.versions(['a/1'])
      expect(third.headers.etag).toBe(`"${version}"`)
      expect((await post({ 'if-match': first.headers.etag })).status).toBe(409)
    },
  )
})
