import type { RequestHandler } from 'express'
import { ifMatch } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { ask, majors, start } from '../support/http.js'

describe.each(majors)('an evaluated If-Match, %s', (_, express) => {
  async function seenBy(before: RequestHandler): Promise<unknown> {
    const app = express().use(express.json(), before)
    const guards = ifMatch({ key: 'a/:id' })
    app.put('/a/:id', guards.guard({ required: false }) as RequestHandler, (req, res) => {
      res.json([
        req.headers['if-match'] ?? 'hidden',
        req.headers['if-none-match'] ?? 'hidden',
        req.get('x-other'),
      ])
    })
    const at = await start(app)
    const { etag } = (await ask(at, { method: 'PUT', path: '/a/1' })).headers
    const headers = { 'If-Match': String(etag), 'If-None-Match': '"other"', 'X-Other': 'stays' }
    return JSON.parse(String((await ask(at, { method: 'PUT', path: '/a/1', headers })).body))
  }

  it('is hidden from the handler, and nothing else is', async () => {
    expect(
      await seenBy((_req, _res, next) => {
        next()
      }),
    ).toEqual(['hidden', 'hidden', 'stays'])
  })

  it('is hidden in headers whose names are found in any case, which stay so', async () => {
    const anyCase = {
      get: (target: object, name: string) => Reflect.get(target, name.toLowerCase()) as unknown,
    }
    const app = express().use((req, _res, next) => {
      Object.assign(req, { headers: new Proxy(req.headers, anyCase as never) })
      next()
    })
    app.put('/a/:id', ifMatch({ key: 'a/:id' }).guard({ required: false }) as RequestHandler, (req, res) => {
      res.json([req.headers['IF-NONE-MATCH'] ?? 'hidden', req.headers['X-OTHER']])
    })
    const headers = { 'If-None-Match': '"other"', 'X-Other': 'stays' }
    const answer = await ask(await start(app), { method: 'PUT', path: '/a/1', headers })
    expect(JSON.parse(answer.text)).toEqual(['hidden', 'stays'])
  })

  it('counts where a middleware has put it into the headers, on reads and writes', async () => {
    const guards = ifMatch({ key: 'a/:id' })
    const app = express().use((req, _res, next) => {
      const { version } = req.query
      if (typeof version === 'string') req.headers['if-match'] = `"${version}"`
      next()
    })
    app.get('/a/:id', guards.read() as RequestHandler, (_req, res) => res.json({}))
    app.put('/a/:id', guards.guard() as RequestHandler, (_req, res) => res.json({}))
    const at = await start(app)
    const [version] = await guards.versions(['a/1'])
    const path = `/a/1?version=${String(version)}`
    const statuses: number[] = []
    for (const method of ['GET', 'PUT', 'GET', 'PUT']) statuses.push((await ask(at, { method, path })).status)
    expect(statuses).toEqual([200, 200, 412, 409])
  })

  it('is hidden in a request that takes no other headers too', async () => {
    expect(
      await seenBy((req, _res, next) => {
        Object.defineProperty(req, 'headers', { value: req.headers, writable: false })
        next()
      }),
    ).toEqual(['hidden', 'hidden', 'stays'])
  })

  it('leaves what an adapter has beside it as it is, and makes nobody a prototype of it', async () => {
    const sensitive = Symbol('sensitive')
    let seen: object = {}
    const app = express().use((req, _res, next) => {
      const more = JSON.parse('{ "__proto__": ["the client"] }') as object
      Object.defineProperty(req, 'headers', {
        value: Object.defineProperties(
          { ...req.headers, [sensitive]: ['cookie'] },
          Object.getOwnPropertyDescriptors(more),
        ),
        writable: true,
      })
      next()
    })
    app.put('/a/:id', ifMatch({ key: 'a/:id' }).guard({ required: false }) as RequestHandler, (req, res) => {
      seen = req.headers
      res.json({})
    })
    const headers = { 'If-None-Match': '"other"' }
    await ask(await start(app), { method: 'PUT', path: '/a/1', headers })
    expect(Object.keys(seen)).not.toContain('if-none-match')
    expect(Object.getPrototypeOf(seen)).toBe(Object.prototype)
    expect(Object.getOwnPropertyDescriptor(seen, '__proto__')?.value).toEqual(['the client'])
    expect(Reflect.get(seen, sensitive)).toEqual(['cookie'])
  })
})
