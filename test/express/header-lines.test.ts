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

  it('is hidden in a request that takes no other headers too', async () => {
    expect(
      await seenBy((req, _res, next) => {
        Object.defineProperty(req, 'headers', { value: req.headers, writable: false })
        next()
      }),
    ).toEqual(['hidden', 'hidden', 'stays'])
  })
})
