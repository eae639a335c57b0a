import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { race } from 'express-if-match/testing'

interface Article {
  version: number
  title: string
}

/** An API with a version per article; `swap` decides, at once or after a look elsewhere, who may write. */
function api(swap: (article: Article, version: number) => boolean | Promise<boolean>) {
  const article: Article = { version: 1, title: 'first' }
  const app = express()
  app.use(express.json())
  app.get('/articles/1', (_, res) => res.set('ETag', `"${article.version}"`).json(article))
  app.put('/articles/1', async (req, res) => {
    const version = Number(req.get('If-Match')?.slice(1, -1) ?? req.body.version)
    if (!(await swap(article, version))) return void res.status(409).end()
    article.title = req.body.title
    res.set('ETag', `"${article.version}"`).json(article)
  })
  return app
}

const atomic = (article: Article, version: number): boolean => {
  if (article.version !== version) return false
  article.version += 1
  return true
}
const checkThenAct = async (article: Article, version: number): Promise<boolean> => {
  if (article.version !== version) return false
  await new Promise(setImmediate)
  article.version += 1
  return true
}

const title = (n: number, { version }: Article) => ({ title: `writer ${n} over ${version}` })
const opened: Server[] = []
afterEach(() => {
  for (const server of opened.splice(0)) server.close()
})

async function listening(app: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(app)
  opened.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as { port: number }).port }
}

describe('race', () => {
  it.each([true, false])(
    'finds one winner a round where the swap is atomic (keepAlive: %s)',
    async (keepAlive) => {
      const result = await race(api(atomic), {
        url: '/articles/1',
        body: title,
        rounds: 4,
        writers: 10,
        keepAlive,
      })
      expect(result).toEqual({
        rounds: 4,
        writes: 40,
        succeeded: [1, 1, 1, 1],
        lostUpdates: 0,
        unmoved: 0,
        statuses: { 200: 4, 409: 36 },
      })
    },
  )

  it('finds lost updates where it is check-then-act', async () => {
    const result = await race(api(checkThenAct), { url: '/articles/1', body: title })
    expect(result.lostUpdates).toBeGreaterThan(0)
    expect(result.lostUpdates).toBe(result.succeeded.reduce((sum, count) => sum + count - 1, 0))
    expect(result.statuses['200']).toBe(result.lostUpdates + result.rounds)
  })

  it('finds every write but one lost where nothing is guarded', async () => {
    const result = await race(
      api(() => true),
      { url: '/articles/1', body: title, rounds: 2 },
    )
    expect(result.lostUpdates).toBe(38)
    // and the version that was read matches still
    expect(result.unmoved).toBe(2)
  })

  it('sends the version in the body where the body carries it', async () => {
    const app = api(atomic)
    const result = await race(app, { url: '/articles/1', body: title, bodyVersion: 'version', rounds: 3 })
    expect(result.succeeded).toEqual([1, 1, 1])
  })

  it('lets all writers go at one moment', async () => {
    let begun = 0
    const asked = new Set<string | undefined>()
    const seen: number[] = []
    const app: RequestListener = (req, res) => {
      res.setHeader('ETag', '"1"')
      if (req.method === 'GET') return void res.end('text')
      begun += 1
      asked.add(req.headers.expect)
      req.resume().on('end', () => {
        seen.push(begun)
        res.end()
      })
    }
    await race(app, { url: '/', body: (n) => n, writers: 15, rounds: 1 })
    // before the first body ended, all had begun
    expect(new Set(seen)).toEqual(new Set([15]))
    expect(asked).toEqual(new Set(['100-continue']))
  })

  it('does not wait for ever for a server that will not say that it has begun', async () => {
    const server = createServer()
    server.on('checkContinue', (req, res) => {
      req.resume().on('end', () => res.end())
    })
    server.on('request', (_, res) => res.setHeader('ETag', '"1"').end())
    expect((await race(server, { url: '/', body: () => ({}), writers: 2, rounds: 1 })).writes).toBe(2)
  })

  it('ends with the first round that deletes what is raced for', async () => {
    let there = true
    const app: RequestListener = (req, res) => {
      res.setHeader('ETag', '"1"')
      const status = !there ? 404 : req.method === 'DELETE' ? 204 : 200
      if (req.method === 'DELETE') there = false
      res.writeHead(status).end()
    }
    const result = await race(app, { url: '/', method: 'delete', writers: 5 })
    expect(result).toMatchObject({ rounds: 1, writes: 5, succeeded: [1], statuses: { 204: 1, 404: 4 } })
  })

  it('counts the connections that were cut, and the answers that never came', async () => {
    let writes = 0
    const app: RequestListener = (req, res) => {
      res.setHeader('ETag', '"1"')
      if (req.method === 'GET') return void res.end()
      writes += 1
      if (writes === 1) res.end()
      else if (writes === 2) req.socket.destroy()
      // the third is never answered
    }
    const options = { url: '/', body: () => ({}), writers: 3, rounds: 1, timeout: 200 }
    expect((await race(app, options)).statuses).toEqual({ 200: 1, ECONNRESET: 1, ETIMEDOUT: 1 })
  })

  it('closes what it opened, also when it fails', async () => {
    const server = createServer(api(atomic))
    await race(server, { url: '/articles/1', body: title, rounds: 1 })
    expect(server.listening).toBe(false)
    await expect(race(server, { url: '/nothing' })).rejects.toThrow(
      'url: "/nothing" will not do. GET answered 404',
    )
    expect(server.listening).toBe(false)
  })

  it('leaves open what was open: a server, and one that is named by its address', async () => {
    const { server, port } = await listening(api(atomic))
    await race(server, { url: '/articles/1', body: title, rounds: 1 })
    const again = await race(`http://127.0.0.1:${port}`, { url: '/articles/1', body: title, rounds: 1 })
    expect(again.succeeded).toEqual([1])
    expect(server.listening).toBe(true)
  })
})

describe('race refuses what would prove nothing', () => {
  const options = { url: '/articles/1', body: title }

  it('not one write that succeeds', async () => {
    const promise = race(
      api(() => false),
      options,
    )
    await expect(promise).rejects.toThrow('of 100 × PUT "/articles/1" none succeeded ({"409":100})')
  })

  it('a read without a version', async () => {
    const app: RequestListener = (_, res) => res.end()
    await expect(race(app, options)).rejects.toThrow('GET answered without an ETag')
    await expect(race(api(atomic), { ...options, bodyVersion: 'rev' })).rejects.toThrow('bodyVersion: "rev"')
  })

  it.each(['http://example.com', 'https://127.0.0.1', 'http://127.0.0.1.example.com', 'nothing', ''])(
    'the machine of somebody else: %s',
    async (address) => {
      await expect(race(address, options)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    },
  )

  it.each(['//', '/\\', '/\t/'])('the same, named by a path that begins with %j', async (slashes) => {
    let asked = 0
    const theirs = await listening((_req, res) => {
      asked += 1
      res.end()
    })
    const url = `${slashes}127.0.0.1:${theirs.port}/articles/1`
    await expect(race(api(atomic), { ...options, url })).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    expect(asked).toBe(0)
  })

  it.each([
    [{ url: 'articles/1' }, 'ERR_OPTION_INVALID'],
    [{ ...options, writers: 1 }, 'ERR_OPTION_INVALID'],
    [{ ...options, rounds: 0.5 }, 'ERR_OPTION_INVALID'],
    [{ url: '/articles/1', bodyVersion: 'version' }, 'ERR_OPTION_INVALID'],
    [{ ...options, writer: 3 }, 'ERR_OPTION_UNKNOWN'],
  ])('options that are wrong: %j', async (wrong, code) => {
    await expect(race(api(atomic), wrong)).rejects.toMatchObject({ code })
  })

  it('what is no app', async () => {
    await expect(race({} as RequestListener, options)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })
})
