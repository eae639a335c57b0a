import type { ErrorRequestHandler } from 'express'
import { ifMatch } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { ask, majors, start } from '../support/http.js'

describe.each(majors)('%s: a version in the body', (_name, express) => {
  it('that nothing has parsed is a coded error, which names the middleware', async () => {
    const errors: { code: string; message: string }[] = []
    const app = express()
    const guards = ifMatch({ bodyVersion: 'rev', key: 'a' })
    app.put('/a', guards.guard(), (_req, res) => res.json({}))
    app.put('/parsed/a', express.json(), guards.guard(), (req, res) => res.json({ got: req.body as unknown }))
    app.use(((error, _req, res, _next) => {
      errors.push(error)
      res.status(500).json({})
    }) satisfies ErrorRequestHandler)
    const site = await start(app)
    const put = (path: string, body: unknown) =>
      ask(site, {
        method: 'PUT',
        path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const [rev] = await guards.versions(['a'])
    const answer = await put('/a', { rev })
    expect([answer.status, answer.headers.etag]).toEqual([500, undefined])
    expect(errors.map(({ code }) => code)).toEqual(['ERR_BODY_NOT_PARSED'])
    expect(errors[0]?.message).toContain('express.json()')
    const won = await put('/parsed/a', { rev, title: 'One' })
    expect([won.status, won.headers.etag]).toEqual([200, expect.stringMatching(/^"[^.]+"$/)])
    expect(JSON.parse(won.text)).toEqual({ got: { title: 'One' }, rev: won.headers.etag?.slice(1, -1) })
    expect((await put('/parsed/a', { rev, title: 'Two' })).status).toBe(409)
  })
})
