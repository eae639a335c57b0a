import compression from 'compression'
import type { RequestHandler, Response } from 'express'
import { ifMatch } from 'express-if-match'
import { once } from 'node:events'
import http from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ask, majors, start, type Express, type Site } from '../support/http.js'
import { heldLedger, type HeldLedger } from '../support/ledgers.js'

/** Text that cannot be compressed to nothing, and by whose length its bytes can be told. */
function* pieces(count: number, size: number): Generator<Buffer> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(size, `${index.toString(36)},`)
}

const whole = (count: number, size: number): Buffer => Buffer.concat([...pieces(count, size)])

interface Served {
  readonly site: Site
  readonly slow: HeldLedger
}

/** A PUT whose settle waits until the test lets it go. */
async function serve(
  express: Express,
  handler: (res: Response, slow: HeldLedger) => unknown,
  before: readonly RequestHandler[] = [],
  after: readonly RequestHandler[] = [],
): Promise<Served> {
  const slow = heldLedger()
  const app = express()
  for (const middleware of before) app.use(middleware)
  app.use(ifMatch({ ledger: slow.ledger }) as RequestHandler)
  for (const middleware of after) app.use(middleware)
  app.put('/a', (_req, res) => void handler(res, slow))
  return { site: await start(app), slow }
}

async function put({ site, slow }: Served): ReturnType<typeof ask> {
  const asked = ask(site, { method: 'PUT', path: '/a', headers: { 'accept-encoding': 'gzip' } })
  await slow.asked()
  slow.release()
  return asked
}

describe.each(majors)('%s', (_name, express) => {
  it.each([
    ['small pieces', 200, 10],
    ['pieces larger than the buffer', 30, 100_000],
    ['one piece', 1, 10],
    ['nothing', 0, 0],
  ])('a pipe into a held answer: %s', async (_title, count, size) => {
    for (const around of [
      [],
      [compression({ threshold: 0 })],
      [compression({ threshold: 0, highWaterMark: 1 << 20 })],
    ]) {
      for (const [before, after] of [
        [around, []],
        [[], around],
      ] as const) {
        const served = await serve(
          express,
          (res, slow) => {
            slow.hold()
            res.type('text/plain')
            Readable.from(pieces(count, size), { objectMode: false }).pipe(res)
          },
          before,
          after,
        )
        const answer = await put(served)
        expect([answer.status, answer.complete]).toEqual([200, true])
        const zipped = answer.headers['content-encoding'] === 'gzip'
        expect(zipped).toBe(around.length > 0)
        expect((zipped ? gunzipSync(answer.body) : answer.body).equals(whole(count, size))).toBe(true)
        expect(answer.headers.etag).toMatch(/^"[^.]+"$/)
      }
    }
  })

  it('asks the handler to wait while it holds, and says when to go on', async () => {
    const log: unknown[] = []
    const served = await serve(express, async (res, slow) => {
      slow.hold()
      log.push(res.write('one'), res.headersSent)
      res.once('drain', () => {
        log.push('drain')
        log.push(res.write('two'))
        res.end()
      })
    })
    const answer = await put(served)
    expect(answer.text).toBe('onetwo')
    expect(log).toEqual([false, true, 'drain', true])
  })

  it('does not ask where nothing is held', async () => {
    const log: unknown[] = []
    const app = express()
    app.get('/a', ifMatch().read(), (_req, res) => {
      res.on('drain', () => log.push('drain'))
      log.push(res.write('one'), res.write('two'))
      res.end(() => log.push('ended'))
    })
    const site = await start(app)
    expect((await ask(site, { path: '/a' })).text).toBe('onetwo')
    expect(log).toEqual([true, true, 'ended'])
  })

  it('takes no more into memory than the handler may write: it waits for `drain`', async () => {
    let read = 0
    const served = await serve(express, (res, slow) => {
      slow.hold()
      const endless = new Readable({
        read(size) {
          read += size
          this.push(read > 50_000_000 ? null : Buffer.alloc(size))
        },
      })
      endless.pipe(res)
    })
    const request = http.request({ host: '127.0.0.1', port: served.site.port, method: 'PUT', path: '/a' })
    request.end()
    await served.slow.asked()
    expect(read).toBeLessThan(1_000_000)
    served.slow.release()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    // whoever reads slowly is waited for as well: what the two sockets hold, and a few buffers
    await once(response, 'readable')
    expect(read).toBeLessThan(20_000_000)
    let received = 0
    for await (const chunk of response) received += (chunk as Buffer).length
    expect(received).toBeGreaterThan(49_000_000)
  })

  it('a stream that breaks before its first byte is an unknown outcome, and holds nothing any longer', async () => {
    const guards = ifMatch({ required: false, key: 'a' })
    const app = express()
    const broken = () =>
      new Readable({
        read() {
          this.destroy(new Error('broken'))
        },
      })
    app.put('/a', guards.guard(), (_req, res) => {
      pipeline(broken(), res).catch(() => {})
    })
    app.patch(
      '/a',
      guards.wrap(async (_req, res: Response) => pipeline(broken(), res)),
    )
    app.post('/a', guards.guard(), (_req, res) => res.json({}))
    app.set('env', 'test')
    const site = await start(app)
    for (const method of ['PUT', 'PATCH']) {
      const before = await guards.versions(['a'])
      await expect(ask(site, { method, path: '/a' })).rejects.toThrow('socket hang up')
      expect(await guards.versions(['a'])).not.toEqual(before)
      expect((await ask(site, { method: 'POST', path: '/a' })).status).toBe(200)
    }
  })
})

describe.each(majors)('%s: wrap', (_name, express) => {
  const endings: Record<string, (res: Response) => Promise<unknown>> = {
    'awaits finish': async (res) => {
      res.json({ a: 1 })
      await once(res, 'finish')
    },
    'awaits close': async (res) => {
      res.json({ a: 1 })
      await once(res, 'close')
    },
    'awaits the callback of end': (res) => new Promise<void>((resolve) => void res.end('x', () => resolve())),
    'awaits a pipeline': (res) => pipeline(Readable.from(['a', 'b']), res),
    'awaits an empty pipeline': (res) => pipeline(Readable.from([]), res),
    'awaits sendFile': (res) =>
      new Promise<void>((resolve, reject) => {
        res.sendFile(import.meta.filename, (error) => (error ? reject(error) : resolve()))
      }),
  }
  it.each(Object.entries(endings))(
    'a handler that %s of its own answer is not waited for',
    async (_title, handler) => {
      const app = express()
      app.put(
        '/a',
        ifMatch({ required: false }).wrap((_req, res: Response) => handler(res)),
      )
      const answer = await ask(await start(app), { method: 'PUT', path: '/a' })
      expect([answer.status, answer.complete]).toEqual([200, true])
      expect(answer.headers.etag).toMatch(/^"[^.]+"$/)
    },
  )

  it.each([['at once'], ['later']])(
    'waits for what the handler does after an answer that it gave %s',
    async (when) => {
      const guards = ifMatch({ required: false, key: 'a' })
      const [before] = await guards.versions(['a'])
      let seen: readonly string[] = []
      const app = express()
      app.put(
        '/a',
        guards.wrap(async (_req, res: Response) => {
          if (when === 'later') await new Promise((resolve) => setImmediate(resolve))
          res.json({ a: 1 })
          for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
          seen = await guards.versions(['a'])
        }),
      )
      const answer = await ask(await start(app), { method: 'PUT', path: '/a' })
      expect(answer.status).toBe(200)
      expect(seen).toEqual([before])
      expect(await guards.versions(['a'])).not.toEqual([before])
    },
  )
})
