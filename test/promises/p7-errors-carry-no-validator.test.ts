import express from 'express'
import express4 from 'express4'
import { describe, expect, it } from 'vitest'
import { ifMatch, problems } from '../../src/index.js'
import { serve } from './support.js'

const MAJORS = { 'Express 5': express, 'Express 4': express4 as unknown as typeof express }

describe.each(Object.entries(MAJORS))('P7, %s: errors carry no validator of their own', (_name, make) => {
  const guarded = ifMatch({ key: 'articles/:id' })
  const app = make()
  app.use(make.json())
  const fail: express.RequestHandler = (req, res, next) => {
    const how = req.query['how'] as string
    if (how === 'throw') throw new Error('thrown')
    if (how === 'next') next(Object.assign(new Error('given'), { status: 422 }))
    else if (how === 'end') res.writeHead(400, { ETag: '"own"' }).end('no')
    else res.status(Number(how)).json({ error: how })
  }
  app.get('/articles/:id', guarded.read(), fail)
  app.put('/articles/:id', guarded.guard({ required: false }), fail)
  app.patch(
    '/articles/:id',
    guarded.wrap(fail as (req: express.Request, res: express.Response) => unknown, { required: false }),
  )
  app.delete('/articles/:id', guarded.guard(), fail)
  app.use(problems())
  app.use(((error: { status?: number }, _req, res, _next) => {
    res.status(error.status ?? 500).json({ handled: true })
  }) as express.ErrorRequestHandler)

  it.each(['400', '404', '409', '422', '500', '503', 'throw', 'next', 'end'])('%s', async (how) => {
    const send = await serve(app)
    for (const method of how === 'next' || how === 'throw' ? ['GET', 'PUT'] : ['GET', 'PUT', 'PATCH']) {
      const answer = await send(method, `/articles/1?how=${how}`)
      expect(answer.status, `${method} ${how}`).toBeGreaterThanOrEqual(400)
      expect(answer.etag, `${method} ${how}`).toBeNull()
    }
  })

  it('nor do our own problems', async () => {
    const send = await serve(app)
    for (const headers of [{}, { 'if-match': '"x-1"' }, { 'if-match': '*' }, { 'if-match': 'bad' }]) {
      const refused = await send('DELETE', '/articles/1', headers)
      expect(refused.status).toBeGreaterThanOrEqual(400)
      expect(refused.etag).toBeNull()
    }
  })
})
