import express from 'express'
import { ifMatch } from 'express-if-match'
import { report } from 'express-if-match/observe'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../support/api.js'
import { majors, type Express } from '../support/http.js'
import { lastResort } from '../support/orders.js'

const ADMIN = { Authorization: 'Bearer admin' }

function api(make: Express) {
  const conflicts = report({ who: () => 'web', clock: fakeClock(Date.UTC(2026, 7, 1, 9, 30)) })
  onTestFinished(() => conflicts.close())
  const articles = ifMatch({ key: 'articles/:id', mode: 'observe' })
  const app = make().use(make.json())
  app.get('/articles/:id', articles.read(), (_req, res) => void res.json({}))
  app.put('/articles/:id', articles.guard(), (_req, res) => void res.json({}))
  app.use(
    '/conflicts',
    conflicts.router({
      authorize: async (req) => {
        if (req.headers.authorization === 'Bearer broken') throw new Error('no session store')
        return req.headers.authorization === ADMIN.Authorization
      },
    }),
  )
  return serve(app.use((_req, res) => void res.status(404).end()).use(lastResort))
}

describe.each(majors)('the router of a report on %s', (_name, make) => {
  it('answers with text, and with JSON where that is asked for', async () => {
    const send = await api(make)
    const tag = (await send('GET', '/articles/1')).headers.etag
    const secret = { 'If-Match': tag, Cookie: 'session=s3cret', 'X-Token': 's3cret' }
    for (const password of ['s3cret', 's3cret'])
      await send('PUT', '/articles/1?token=s3cret', { headers: secret, body: { password } })
    const text = await send('GET', '/conflicts', { headers: ADMIN })
    expect(text.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    const version = /-\d+/.exec(tag ?? '')?.[0] ?? 'none'
    expect(text.text.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      '2026-08-01 09:30 to 2026-08-01 09:30 UTC, 2 guarded writes',
      '',
      '50 % of writes (1 of 2) would have been refused: one route, mostly the same client with itself.',
      '',
      'refused | of route | route | reason | client | version made by | first seen | last seen | for example',
      expect.stringMatching(/^[- |]+$/),
      expect.stringContaining(
        '1 | 50 % | PUT /articles/:id | version-conflict, stale | web | itself 1 | 2026-08-01 09:30 | 2026-08-01 09:30 | articles/1 ',
      ),
      '',
    ])
    expect(text.text).toContain(version)
    const json = await send('GET', '/conflicts', { headers: { ...ADMIN, Accept: 'application/json' } })
    expect(json.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(json.json).toMatchObject({ writes: 2, refused: 1, findings: [{ client: 'web' }] })
    expect(text.text + json.text).not.toContain('s3cret')
  })

  it('turns away who may not read it, and what it does not do', async () => {
    const send = await api(make)
    const stranger = await send('GET', '/conflicts')
    expect(stranger).toMatchObject({ status: 403, json: { code: 'forbidden' } })
    expect(stranger.text).not.toContain('writes')
    expect((await send('GET', '/conflicts', { headers: { Authorization: 'Bearer broken' } })).status).toBe(
      500,
    )
    expect(await send('POST', '/conflicts', { headers: ADMIN })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    })
    expect((await send('GET', '/conflicts/more', { headers: ADMIN })).status).toBe(404)
    const head = await send('HEAD', '/conflicts', { headers: ADMIN })
    expect([head.status, head.text]).toEqual([200, ''])
  })
})

describe('the router of a report', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no authorize', {}],
    ['an authorize that is no function', { authorize: true }],
  ])('does not start with %s', (_name, options) => {
    const conflicts = report()
    conflicts.close()
    expect(() => conflicts.router(options as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_AUTHORIZE_MISSING',
        message: expect.stringContaining('docs/errors.md'),
      }),
    )
  })

  it('takes for permission nothing but true', async () => {
    const conflicts = report()
    onTestFinished(() => conflicts.close())
    const router = conflicts.router({ authorize: () => ({ allowed: false }) as never })
    const send = await serve(express().use('/conflicts', router))
    expect((await send('GET', '/conflicts')).status).toBe(403)
  })
})
