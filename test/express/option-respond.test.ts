import express, { type ErrorRequestHandler } from 'express'
import { ifMatch, problems, type LedgerOptions } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { refusals, serve } from '../support/api.js'
import { noteApi } from '../support/notes.js'

function api(options: LedgerOptions, onError: ErrorRequestHandler = problems()) {
  const guards = ifMatch({ key: 'a/:id', ...options })
  const app = express()
  app.get('/a/:id', guards.read(), (_req, res) => res.json({ read: true }))
  app.put('/a/:id', guards.guard(), (_req, res) => res.json({ written: true }))
  return serve(app.use(onError))
}

describe('respond', () => {
  it('problem: the library answers', async () => {
    const send = await api({}, (_error, _req, res, _next) => void res.json('never'))
    const answer = await send('PUT', '/a/1')
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answer.problem.code).toBe('precondition-required')
  })

  it('next: the error handler of the application does, and knows what to answer with', async () => {
    const send = await api({ respond: 'next' }, (error, _req, res, _next) => {
      res.status(error.status).set(error.headers).json({ own: error.code, resource: error.problem.resource })
    })
    const answer = await send('PUT', '/a/1')
    expect(answer).toMatchObject({ status: 428, json: { own: 'precondition-required', resource: 'a/1' } })
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('next: a function is the third way', async () => {
    const send = await api({
      respond: (error, req, res) => {
        res.statusCode = 418
        res.end(`${req.method} ${error.code}`)
      },
    })
    expect(await send('PUT', '/a/1')).toMatchObject({ status: 418, text: 'PUT precondition-required' })
  })
})

describe('authorize', () => {
  it('false is a 403, before anything is looked up', async () => {
    const asked: string[] = []
    const events = refusals()
    const send = await api({
      key: (req) => {
        asked.push('key')
        return req.url
      },
      authorize: () => Promise.resolve(false),
    })
    for (const method of ['GET', 'PUT'])
      expect(await send(method, '/a/1')).toMatchObject({ status: 403, problem: { code: 'forbidden' } })
    expect(asked).toEqual([])
    expect(events).toMatchObject(
      ['GET', 'PUT'].map((method) => ({ code: 'forbidden', enforced: true, method })),
    )
  })

  it('a throw reaches the error handler', async () => {
    const send = await api(
      {
        authorize: () => {
          throw Object.assign(new Error('who?'), { code: 'WHO' })
        },
      },
      (error, _req, res, _next) => void res.status(401).json({ code: error.code }),
    )
    expect(await send('PUT', '/a/1')).toMatchObject({ status: 401, json: { code: 'WHO' } })
  })

  it('may let through by the request', async () => {
    const { put, tag } = await noteApi({ authorize: ({ url }) => url.endsWith('1') })
    expect((await put('1', await tag())).status).toBe(200)
    expect((await put('2', '*')).status).toBe(403)
  })

  it('is enforced under observe too', async () => {
    const events = refusals()
    const send = await api({ mode: 'observe', authorize: () => false })
    expect((await send('PUT', '/a/1')).status).toBe(403)
    expect(events).toMatchObject([{ code: 'forbidden', enforced: true }])
  })
})
