import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import express from 'express'
import express4 from 'express4'
import { ifMatch, memoryLedger, problems, type LedgerOptions } from 'express-if-match'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { serve } from '../support/api.js'
import { lastResort } from '../support/orders.js'

/** Answers each write with the key that it was guarded by. */
function keys(options: LedgerOptions, route = '/articles/:id', setup = (app: express.Express) => app) {
  const guards = ifMatch({ required: false, ...options })
  const app = setup(express())
  app.put(
    route,
    guards.wrap((_req, res, write) => res.json({ key: write.key })),
  )
  return serve(app.use(problems()).use(lastResort))
}

const id = { key: 'articles/:id' } as const

describe('a key template', () => {
  it.each([
    ['/articles/42', 'articles/42'],
    ['/ARTICLES/42/', 'articles/42'],
    ['/articles/A', 'articles/A'],
    ['/articles/a%2Fb', 'articles/a%2Fb'],
    ['/articles/a%252Fb', 'articles/a%252Fb'],
    ['/articles/%34%32?x=1', 'articles/42'],
    ['/articles/__proto__', 'articles/__proto__'],
    ['/articles/%22%0d%0aX:%20y', 'articles/%22%0D%0AX%3A%20y'],
    ['/articles/undefined', 'articles/undefined'],
  ])('%s is %s', async (path, key) => {
    const answer = await (await keys(id))('PUT', path)
    expect(answer).toMatchObject({ status: 200, json: { key } })
    expect(answer.headers['x']).toBeUndefined()
  })

  it('is one at every mount', async () => {
    const guards = ifMatch({ required: false, ...id })
    const router = express.Router().put(
      '/:id',
      guards.wrap((_req, res, write) => res.json(write.key)),
    )
    const app = express().use('/articles', router).use('/v2/articles', router)
    const send = await serve(app)
    for (const path of ['/articles/7', '/v2/articles/7'])
      expect((await send('PUT', path)).json, path).toBe('articles/7')
  })

  it('may have several parameters, and literals that a URL must encode', async () => {
    const two = await keys({ key: 'shops/:shop/orders/:id' }, '/shops/:shop/orders/:id')
    expect((await two('PUT', '/shops/a%2Fb/orders/1')).json.key).toBe('shops/a%2Fb/orders/1')
    const café = await keys({ key: 'cafés/:id' }, '/:any/:id')
    expect((await café('PUT', '/caf%c3%a9s/1')).json.key).toBe('caf%C3%A9s/1')
  })

  it('folds the case of its literals, whatever the app says of its own routes: a Router does not inherit that', async () => {
    const strict = (app: express.Express) => app.enable('case sensitive routing')
    const send = await keys(id, '/:kind/:id', strict)
    expect((await send('PUT', '/articles/aB')).json.key).toBe('articles/aB')
    expect((await send('PUT', '/Articles/aB')).json.key).toBe('articles/aB')
  })

  it('agrees with the parameters of its route where the path has it twice', async () => {
    const send = await keys(id, '/:lang/articles/:id')
    expect((await send('PUT', '/articles/articles/42')).json.key).toBe('articles/42')
  })

  it.each(['/articles\\42#', '/articles/42#', '/articles\\42'])(
    'refuses %s, which Express reads by other rules',
    async (target) => {
      const app = express().use(ifMatch(id))
      let ran = false
      app.put('/articles/:id', (_req, res) => {
        ran = true
        res.end()
      })
      const server = createServer(app).listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => void server.close())
      const { port } = server.address() as AddressInfo
      const socket = connect(port, '127.0.0.1').end(
        `PUT ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      let answer = ''
      for await (const chunk of socket) answer += String(chunk)
      expect(answer).toContain('400 Bad Request')
      expect(ran).toBe(false)
    },
  )

  it('touch and versions take a key in any spelling', async () => {
    const guards = ifMatch()
    await guards.touch('/Users/a@b.c')
    expect((await guards.versions(['users/a%40b.c']))[0]).toMatch(/-1$/)
  })

  it('moves the key for a path below it, and says nothing of its existence', async () => {
    const ledger = memoryLedger()
    const app = express().use(ifMatch({ ...id, ledger }))
    app.all('/{*path}', (_req, res) => res.status(204).end())
    const send = await serve(app)
    await send('PUT', '/articles/1')
    expect(ledger.get('articles/1')).toMatchObject({ count: 1, existence: 'present' })
    await send('DELETE', '/articles/1/comments/5')
    expect(ledger.get('articles/1')).toMatchObject({ count: 2, existence: 'present' })
    await send('PUT', '/authors/1')
    expect(ledger.get('authors/1')).toMatchObject({ count: 0 })
  })

  it('long keys are kept by their hash, for `touch` and `versions` too', async () => {
    const guards = ifMatch({ required: false, ...id })
    const app = express().put(
      '/articles/:id',
      guards.wrap((_req, res, write) => res.json({ key: write.key })),
    )
    const send = await serve(app)
    const long = 'x'.repeat(3000)
    const { key } = (await send('PUT', `/articles/${long}`)).json as { key: string }
    expect(key.length).toBeLessThan(200)
    const other = (await send('PUT', `/articles/${long}y`)).json as { key: string }
    expect(other.key).not.toBe(key)
    const [before] = await guards.versions([`articles/${long}`])
    expect(before).toMatch(/-1$/)
    await guards.touch(`articles/${long}`)
    expect((await guards.versions([key]))[0]).toMatch(/-2$/)
  })
})

describe('params', () => {
  const params = z.object({ id: z.coerce.number<string>().int().positive() })

  it('makes /articles/02 and /articles/2 one resource', async () => {
    const send = await keys({ ...id, params })
    for (const path of ['/articles/2', '/articles/02', '/articles/%32', '/articles/2.0'])
      expect((await send('PUT', path)).json.key, path).toBe('articles/2')
  })

  it('answers 400 to nonsense', async () => {
    const send = await keys({ ...id, params })
    for (const path of ['/articles/me', '/articles/-1', '/articles/1.5', '/articles/%20x']) {
      const answer = await send('PUT', path)
      expect(answer, path).toMatchObject({ status: 400, problem: { code: 'malformed-key', applied: 'no' } })
      expect(answer.problem.detail).toContain('id')
    }
  })

  it.each([
    [z.object({ id: z.string() }).transform(() => ({ other: 1 })), 'undefined'],
    [z.object({ id: z.string().transform(() => ({})) }), 'an object'],
    [z.object({ id: z.string().transform(() => Number.NaN) }), 'NaN'],
    [z.object({ id: z.string().transform(() => '') }), '""'],
  ])('must give something that names a resource', async (schema, shown) => {
    const answer = await (await keys({ ...id, params: schema as never }))('PUT', '/articles/1')
    expect(answer.json).toMatchObject({ code: 'ERR_KEY_INVALID' })
    expect(answer.json.message).toContain(shown)
  })

  it('leaves a Location that it does not fit alone', async () => {
    const guards = ifMatch({ ...id, params, required: false })
    const app = express().use(guards)
    app.post('/articles/:id/copy', (_req, res) => res.status(201).location('/articles/draft').json({}))
    expect((await (await serve(app))('POST', '/articles/1/copy')).status).toBe(201)
  })
})

describe.each([
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
])('a route that its key does not match, %s', (_name, framework) => {
  it.each(['read', 'guard', 'wrap'] as const)('%s() says so, and does not run the handler', async (part) => {
    const guards = ifMatch({ required: false, ...id })
    const ran: string[] = []
    const handler: express.RequestHandler = (_req, res) => {
      ran.push('handler')
      res.json({})
    }
    const chain = {
      read: [guards.read(), handler],
      guard: [guards.guard(), handler],
      wrap: [guards.wrap(handler as never)],
    }[part]
    const app = framework()
    app.all('/notes/:id', ...(chain as express.RequestHandler[]))
    const send = await serve(app.use(problems()).use(lastResort))
    const answer = await send(part === 'read' ? 'GET' : 'PUT', '/notes/1')
    expect(answer).toMatchObject({ status: 500, json: { code: 'ERR_KEY_MISMATCH' } })
    expect(answer.json.message).toMatch(new RegExp(`^${part}\\(\\): .*"articles/:id".*"/notes/1"`))
    expect(ran).toEqual([])
  })

  it('a whole tree leaves other paths alone', async () => {
    const app = framework()
    app.use(ifMatch({ ...id, required: true }))
    app.put('/notes/:id', (_req, res) => void res.json({}))
    expect((await (await serve(app))('PUT', '/notes/1')).status).toBe(200)
  })
})

describe('a key function', () => {
  it('names the resource, or leaves the request alone', async () => {
    const guards = ifMatch({ key: (req) => (req.url === '/me' ? 'users/1' : undefined) })
    const app = express()
    app.put('/:any', guards.guard(), (_req, res) => res.json({}))
    app.patch(
      '/:any',
      guards.wrap((_req, res) => res.json({})),
    )
    const send = await serve(app)
    for (const method of ['PUT', 'PATCH']) {
      expect((await send(method, '/me')).problem.resource).toBe('users/1')
      expect((await send(method, '/other')).status).toBe(200)
    }
  })

  it.each(['', 'articles/undefined', 'NaN', 5, null, {}])('that gives %o is a mistake', async (given) => {
    const answer = await (await keys({ key: () => given as never }))('PUT', '/articles/1')
    expect(answer.json).toMatchObject({ code: 'ERR_KEY_INVALID' })
  })

  it('may hold anything: none of it reaches a header', async () => {
    const key = 'a"\r\nSet-Cookie: x=1\r\n/__proto__/\u{1F600}'
    const send = await keys({ key: () => key, required: true })
    const answer = await send('PUT', '/articles/1')
    expect(answer).toMatchObject({ status: 428, problem: { resource: key } })
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect((await send('PUT', '/articles/1', { headers: { 'If-None-Match': '"a-1"' } })).status).toBe(200)
  })
})
