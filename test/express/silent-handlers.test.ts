import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import express, { type Response } from 'express'
import { expect, it, onTestFinished } from 'vitest'
import { ifMatch, memoryLedger } from '../../src/index.js'
import { fakeClock } from '../../src/testing/clock.js'
import { gate, serve } from '../promises/support.js'

const KEY = 'articles/1'

it('a wrapped handler that gives up without an answer, since its client has gone, gives its key back', async () => {
  const guards = ifMatch({ key: 'articles/:id', required: false, claim: { wait: 0 } })
  const running = gate()
  const app = express()
  app.put(
    '/articles/:id',
    guards.wrap(async (req, res) => {
      if (req.query['who'] !== 'first') {
        res.json({})
        return
      }
      await running.wait()
      if (!res.destroyed) res.json({})
    }),
  )
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('PUT /articles/1?who=first HTTP/1.1\r\nHost: x\r\n\r\n')
  await running.reached
  socket.destroy()
  await closed(server)
  running.open()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/articles/1`
  await expect.poll(async () => (await fetch(url, { method: 'PUT' })).status).toBe(200)
  expect((await guards.versions([KEY]))[0]).toMatch(/-2$/)
})

/** No connection is left. */
function closed(server: ReturnType<typeof createServer>): Promise<void> {
  return expect
    .poll(
      () =>
        new Promise((resolve) =>
          server.getConnections((_, count) => {
            resolve(count)
          }),
        ),
    )
    .toBe(0)
}

it('a listener that only logs does not end the wait for the promise', async () => {
  const saving = gate()
  const guards = ifMatch({ key: 'articles/:id', required: false })
  let title = 'old'
  const app = express()
  app.get('/articles/:id', guards.read(), (_req, res: Response) => res.json({ title }))
  app.put(
    '/articles/:id',
    guards.wrap(async (_req, res) => {
      res.on('finish', () => {})
      res.json({})
      await saving.wait()
      title = 'new'
    }),
  )
  const send = await serve(app)
  const written = send('PUT', '/articles/1')
  await saving.reached
  const during = await send('GET', '/articles/1')
  saving.open()
  const { etag } = await written
  expect(during.body).toEqual({ title: 'old' })
  expect(during.etag?.startsWith(etag?.slice(0, -1) ?? '?')).toBe(false)
})

it('where it is not clear whether the handler waits for its answer, the outcome is unknown after a while', async () => {
  const clock = fakeClock()
  const guards = ifMatch({ key: 'articles/:id', required: false, clock })
  const waiting = gate()
  const app = express()
  app.put(
    '/articles/:id',
    guards.wrap(async (_req, res) => {
      const left = new Promise((resolve) => res.on('finish', resolve))
      res.json({ by: 'the handler' })
      void waiting.wait()
      await left
    }),
  )
  const send = await serve(app)
  const answer = send('PUT', '/articles/1')
  await waiting.reached
  await clock.advance(2_000)
  expect(await answer).toMatchObject({ status: 200, etag: null, body: { by: 'the handler' } })
})

it('a `current` that never answers is a 503 after a lease, and its key is free', async () => {
  const clock = fakeClock()
  const asked = gate()
  const ledger = memoryLedger({ clock })
  let hangs = true
  const guards = ifMatch({
    key: 'articles/:id',
    required: false,
    clock,
    ledger,
    current: async () => {
      if (hangs) await asked.wait()
      return { id: '1' }
    },
  })
  const app = express()
  app.put('/articles/:id', guards.guard(), (_req, res) => res.json({}))
  const send = await serve(app)
  const answer = send('PUT', '/articles/1')
  await asked.reached
  await clock.advance(30_000)
  expect(await answer).toMatchObject({ status: 503, body: { code: 'store-unavailable' } })
  hangs = false
  expect((await send('PUT', '/articles/1')).status).toBe(200)
})

it('what cannot be shown as JSON is left out of the conflict, and ends nothing', async () => {
  const guards = ifMatch({
    key: 'articles/:id',
    current: () => ({ id: 1n, version: 2 }),
    version: 'version',
    represent: (row) => row,
  })
  const app = express()
  app.put('/articles/:id', guards.guard(), (_req, res) => res.json({}))
  const send = await serve(app)
  const warned = once(process, 'warning')
  const refused = await send('PUT', '/articles/1', { 'if-match': '"1"' })
  expect(refused).toMatchObject({ status: 409, body: { code: 'version-conflict' } })
  expect(refused.body).not.toHaveProperty('current')
  expect(String(((await warned) as [Error])[0])).toContain('represent')
})

it.each([
  [
    'throws',
    () => {
      throw new Error('mine')
    },
  ],
  ['rejects', () => Promise.reject(new Error('mine'))],
])('a `respond` that %s is the error handler’s business', async (_, respond) => {
  const guards = ifMatch({ key: 'articles/:id', respond })
  const app = express()
  app.put('/articles/:id', guards.guard(), (_req, res) => res.json({}))
  app.use(((error: Error, _req, res, _next) =>
    res.status(418).json({ message: error.message })) as express.ErrorRequestHandler)
  const send = await serve(app)
  expect(await send('PUT', '/articles/1')).toMatchObject({ status: 418, body: { message: 'mine' } })
})

it('a `moves` that throws after its client has left a POST ends nothing', async () => {
  const app = express()
  const handled = gate()
  app.use(ifMatch({ moves: (req) => [(req.body as { to: string }).to] }))
  app.post('/transfers', (_req, _res) => {
    void handled.wait()
  })
  app.get('/alive', (_req, res) => res.json({}))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.write('POST /transfers HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
  await handled.reached
  socket.destroy()
  await closed(server)
  expect((await fetch(`http://127.0.0.1:${port}/alive`)).status).toBe(200)
})

it('an observing read refuses nothing', async () => {
  const app = express()
  app.use(ifMatch({ mode: 'observe' }))
  app.get('/articles/1', (_req, res) => res.json({}))
  const send = await serve(app)
  for (const tag of ['"stale-1"', '"foreign"', 'garbage'])
    expect((await send('GET', '/articles/1', { 'if-match': tag })).status).toBe(200)
})

it('a body version is looked for beside a header too, and never stored by a POST', async () => {
  const stored: unknown[] = []
  const app = express()
    .use(express.json())
    .use(ifMatch({ bodyVersion: 'version' }))
  app.post('/articles', (req, res) => {
    stored.push(req.body)
    res.status(201).location('/articles/1').json({})
  })
  const send = await serve(app)
  await send('POST', '/articles', {}, { title: 'a', version: 'x' })
  expect(stored).toEqual([{ title: 'a' }])

  const early = express()
    .use(ifMatch({ bodyVersion: 'version' }))
    .use(express.json())
  early.all('/articles/1', (_req, res) => res.json({}))
  early.use(((error: { code: string }, _req, res, _next) =>
    res.status(500).json({ code: error.code })) as express.ErrorRequestHandler)
  const put = await serve(early)
  const { etag } = await put('GET', '/articles/1')
  expect((await put('PUT', '/articles/1', { 'if-match': etag ?? '' }, { version: 'x-1' })).body).toEqual({
    code: 'ERR_BODY_NOT_PARSED',
  })
})

it('a version that no tag can hold is an error of the application, not a connection that breaks off', async () => {
  const guards = ifMatch({ key: 'articles/:id', current: () => ({ v: 'a\ud800' }), version: 'v' })
  const app = express()
  app.get('/articles/:id', guards.read(), (_req, res) => res.json({}))
  app.use(((error: { code: string }, _req, res, _next) =>
    res.status(500).json({ code: error.code })) as express.ErrorRequestHandler)
  const send = await serve(app)
  expect((await send('GET', '/articles/1')).body).toEqual({ code: 'ERR_VERSION_INVALID' })
})
