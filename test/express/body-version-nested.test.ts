import type { RequestHandler } from 'express'
import { ifMatch, type LedgerGuards } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { majors, type Express } from '../support/http.js'
import { laterLedger } from '../support/ledgers.js'
import { lastResort } from '../support/orders.js'

type Place = (app: ReturnType<Express>, guards: LedgerGuards) => readonly RequestHandler[]

/** Several times one instance, in front of one handler. */
const places: Record<string, Place> = {
  'a tree, and read() and guard() in it': (app, guards) => {
    app.use(guards as RequestHandler)
    return [guards.read() as RequestHandler, guards.guard() as RequestHandler]
  },
  'a tree, and a part of it again': (app, guards) => {
    app.use(guards as RequestHandler)
    app.use('/x', guards as RequestHandler)
    return []
  },
  'a tree, three times': (app, guards) => {
    for (let time = 0; time < 3; time++) app.use(guards as RequestHandler)
    return []
  },
}

const ledgers = { 'at once': undefined, slowly: laterLedger } as const

describe.each(majors)('%s: bodyVersion under several guards', (_name, express) => {
  describe.each(Object.entries(places))('%s', (_title, place) => {
    it.each(Object.entries(ledgers))(
      'is embedded once, and is that of the tag: %s',
      async (_when, ledger) => {
        const guards = ifMatch({ bodyVersion: 'rev', ...(ledger === undefined ? {} : { ledger: ledger() }) })
        const app = express()
        app.use(express.json())
        let stored: object = { text: 'a' }
        const handlers = place(app, guards)
        app.get('/x/:id', ...handlers, (_req, res) => void res.json(stored))
        app.put('/x/:id', ...handlers, (req, res) => void res.json((stored = req.body as object)))
        const send = await serve(app.use(lastResort))
        const read = await send('GET', '/x/1')
        expect([read.status, read.json]).toEqual([200, { text: 'a', rev: expect.any(String) as string }])
        expect(read.headers.etag).toContain(`"${read.json.rev}.`)
        const written = await send('PUT', '/x/1', { body: { text: 'b', rev: read.json.rev } })
        expect([written.status, written.json]).toMatchObject([200, { text: 'b' }])
        expect(written.headers.etag).toBe(`"${written.json.rev}"`)
        expect(stored).toEqual({ text: 'b' })
        expect((await send('PUT', '/x/1', { body: { text: 'c', rev: read.json.rev } })).status).toBe(409)
      },
    )
  })

  it('is embedded in what the handler answers after an object that could not be sent', async () => {
    const guards = ifMatch({ bodyVersion: 'rev' })
    const app = express()
    app.use(guards as RequestHandler)
    app.get('/x', guards.read() as RequestHandler, (_req, res) => {
      try {
        res.json({ big: 1n })
      } catch {
        res.json({ big: '1' })
      }
    })
    const { json } = await (await serve(app.use(lastResort)))('GET', '/x')
    expect(json).toEqual({ big: '1', rev: expect.any(String) as string })
  })

  it('a member of the same name in the data is a mistake there too', async () => {
    const guards = ifMatch({ bodyVersion: 'rev' })
    const app = express()
    app.use(guards as RequestHandler)
    app.get('/x', guards.read() as RequestHandler, (_req, res) => void res.json({ rev: 1 }))
    const { json } = await (await serve(app.use(lastResort)))('GET', '/x')
    expect(json).toMatchObject({ code: 'ERR_BODY_VERSION_TAKEN' })
  })

  it('each of two members is embedded', async () => {
    const [outer, inner] = [ifMatch({ bodyVersion: 'outer' }), ifMatch({ bodyVersion: 'inner', key: 'x' })]
    const app = express()
    app.use(outer as RequestHandler)
    app.get('/x', outer.read() as RequestHandler, inner.read() as RequestHandler, (_req, res) => {
      res.json({})
    })
    const { json, headers } = await (await serve(app.use(lastResort)))('GET', '/x')
    expect(json).toEqual({ outer: expect.any(String) as string, inner: expect.any(String) as string })
    expect(headers.etag).toContain(`"${json.inner}.`)
  })
})
