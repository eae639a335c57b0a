import type { RequestHandler } from 'express'
import { ifMatch, memoryLedger } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { ask, majors, start, type Answer, type Ask, type Express } from '../support/http.js'

interface Article {
  id: number
  title: string
  author: number
}

/** An API that knows nothing of versions: a list, an embedded child, `/me`, and a DELETE that cascades. */
function api(express: Express): {
  router: RequestHandler
  articles: Map<number, Article>
  people: Map<number, string>
} {
  const people = new Map([
    [1, 'Ada'],
    [2, 'Bob'],
  ])
  const articles = new Map<number, Article>([[1, { id: 1, title: 'One', author: 1 }]])
  let lastId = 1
  const router = express.Router()
  router.use(express.json())
  router.get('/articles', (_req, res) => res.json([...articles.values()]))
  router.post('/articles', (req, res) => {
    lastId += 1
    const article = { id: lastId, ...(req.body as Omit<Article, 'id'>) }
    articles.set(lastId, article)
    res.status(201).location(`${req.baseUrl}/articles/${lastId}`).json(article)
  })
  router.get('/articles/:id', (req, res) => {
    const article = articles.get(Number(req.params['id']))
    if (article === undefined) return res.sendStatus(404)
    return res.json({ ...article, author: { name: people.get(article.author) } })
  })
  router.put('/articles/:id', (req, res) => {
    const id = Number(req.params['id'])
    articles.set(id, { ...(req.body as Article), id })
    res.json(articles.get(id))
  })
  router.delete('/articles/:id', (req, res) => {
    articles.delete(Number(req.params['id']))
    res.sendStatus(204)
  })
  router.post('/articles/:id/publish', (req, res) => {
    const article = articles.get(Number(req.params['id']))
    if (article !== undefined) article.title += ' (published)'
    res.json(article ?? null)
  })
  router.get('/me', (_req, res) => res.json({ name: people.get(1), articles: articles.size }))
  router.put('/people/:id', (req, res) => {
    people.set(Number(req.params['id']), (req.body as { name: string }).name)
    res.json({})
  })
  router.delete('/people/:id', (req, res) => {
    const id = Number(req.params['id'])
    people.delete(id)
    for (const article of articles.values()) if (article.author === id) articles.delete(article.id)
    res.sendStatus(204)
  })
  return { router, articles, people }
}

async function stage(express: Express) {
  const { router, ...data } = api(express)
  const guards = ifMatch({ ledger: memoryLedger() })
  const app = express()
  app.use('/api', guards as RequestHandler, router)
  app.use('/bare', router)
  const site = await start(app)
  const cache = new Map<string, Answer>()
  const send = (method: string, path: string, body?: unknown, headers: Ask['headers'] = {}) =>
    ask(site, {
      method,
      path: `/api${path}`,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  /** what a browser with a cache shows */
  const shown = async (path: string): Promise<string> => {
    const kept = cache.get(path)
    const etag = kept?.headers.etag
    const answer = await send('GET', path, undefined, etag === undefined ? {} : { 'if-none-match': etag })
    if (answer.status !== 304) cache.set(path, answer)
    const now = cache.get(path)
    return `${now?.status ?? 0} ${now?.text ?? ''}`
  }
  const truth = async (path: string): Promise<string> => {
    const answer = await ask(site, { path: `/bare${path}` })
    return `${answer.status} ${answer.text}`
  }
  const tag = async (path: string) => (await send('GET', path)).headers.etag
  return { ...data, guards, send, shown, truth, tag }
}

const PATHS = ['/articles', '/articles/1', '/articles/2', '/articles/3', '/me']

describe.each(majors)('%s: a whole tree', (_name, express) => {
  it('never shows what is not so any more', async () => {
    const { send, shown, truth, articles } = await stage(express)
    const steps: readonly (() => unknown)[] = [
      () => send('PUT', '/articles/1', { title: 'Uno', author: 1 }),
      () => send('POST', '/articles', { title: 'Two', author: 2 }),
      () => send('PUT', '/people/1', { name: 'Ada Lovelace' }),
      () => send('POST', '/articles/2/publish'),
      () => send('POST', '/articles', { title: 'Three', author: 2 }),
      () => send('DELETE', '/articles/3'),
      () => send('PUT', '/articles/3', { title: 'Three again', author: 1 }),
      () => send('DELETE', '/people/2'),
      () => send('DELETE', '/people/1'),
      // past the library altogether
      () => articles.set(2, { id: 2, title: 'From a job', author: 1 }),
      () => articles.delete(2),
    ]
    for (const path of PATHS) expect(await shown(path)).toBe(await truth(path))
    for (const [index, step] of steps.entries()) {
      await step()
      // twice: what the first look brought into the cache must hold as well
      for (const path of [...PATHS, ...PATHS])
        expect(await shown(path), `${path} after step ${index}`).toBe(await truth(path))
    }
  })

  it('does save what is still so', async () => {
    const { send, tag } = await stage(express)
    for (const path of ['/articles', '/articles/1', '/me'])
      expect((await send('GET', path, undefined, { 'if-none-match': await tag(path) })).status).toBe(304)
  })

  it('gives what was created a tag that is good for the first change, and only once', async () => {
    const { send } = await stage(express)
    const created = await send('POST', '/articles', { title: 'Two', author: 1 })
    expect(created.status).toBe(201)
    expect(created.headers.etag).toMatch(/^"[^."]+"$/)
    const change = (title: string) =>
      send('PUT', '/articles/2', { title, author: 1 }, { 'if-match': created.headers.etag })
    expect((await change('Zwei')).status).toBe(200)
    expect((await change('Deux')).status).toBe(409)
  })

  it('gives none where the state is not that of this request', async () => {
    const { send, articles } = await stage(express)
    await send('PUT', '/articles/2', { title: 'There before', author: 1 })
    articles.delete(2)
    const before = await send('POST', '/articles', { title: 'Two', author: 1 })
    expect([before.status, before.headers.location, before.headers.etag]).toEqual([
      201,
      '/api/articles/2',
      undefined,
    ])
    const elsewhere = await stage(express)
    const other = await elsewhere.send('POST', '/articles/1/publish')
    expect([other.status, other.headers.etag]).toEqual([200, undefined])
  })

  it('moves the key of a POST and the one above, and nothing for a 4xx', async () => {
    const { send, guards } = await stage(express)
    const keys = ['api/articles/1/publish', 'api/articles/1', 'api/articles', 'api/people/1']
    const moved = async (path: string) => {
      const before = await guards.versions(keys)
      await send('POST', path, {})
      return (await guards.versions(keys)).map((version, index) => version !== before[index])
    }
    expect(await moved('/articles/1/publish')).toEqual([true, true, false, false])
    expect(await moved('/articles')).toEqual([false, false, true, false])
    expect(await moved('/articles/1')).toEqual([false, false, false, false])
  })

  it('a write built on a state before a POST below it is refused', async () => {
    const { send, tag, articles } = await stage(express)
    const before = await tag('/articles/1')
    await send('POST', '/articles/1/publish')
    const put = await send('PUT', '/articles/1', { title: 'Mine', author: 1 }, { 'if-match': before })
    expect([put.status, articles.get(1)?.title]).toEqual([409, 'One (published)'])
  })

  it('a tombstone that a read contradicts is lifted, and the tags from before it match no more', async () => {
    const { send, tag, articles } = await stage(express)
    const before = await tag('/articles/1')
    await send('DELETE', '/articles/1')
    expect((await send('PUT', '/articles/1', {}, { 'if-match': '*' })).status).toBe(409)
    articles.set(1, { id: 1, title: 'One', author: 1 })
    const back = await send('GET', '/articles/1', undefined, { 'if-none-match': before })
    expect(back.status).toBe(200)
    expect(back.headers.etag).toBeDefined()
    const change = (etag: string | undefined) =>
      send('PUT', '/articles/1', { title: 'x', author: 1 }, { 'if-match': etag })
    expect((await change(before)).status).toBe(409)
    expect((await change(back.headers.etag)).status).toBe(200)
  })
})
