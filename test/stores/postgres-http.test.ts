import express, { type RequestHandler } from 'express'
import { ifMatch, problems } from 'express-if-match'
import { beforeEach, expect, it } from 'vitest'
import { postgresLedger, postgresTable } from '../../src/stores/postgres.js'
import { serve, settlements } from '../support/api.js'
import { lastResort } from '../support/orders.js'
import { postgres } from '../support/servers.js'
import { postgresDatabase } from './postgres-database.js'

interface Article {
  id: number
  title: string
  version: string
}

const tagged = (tag: string, body: unknown = {}, mode = '') => ({
  headers: { 'If-Match': tag, 'X-Mode': mode },
  body,
})

postgres.describe('over HTTP', () => {
  const db = postgresDatabase()
  beforeEach(async () => {
    await db.sql(`DROP TABLE IF EXISTS articles, log, child;
      CREATE TABLE articles (id integer PRIMARY KEY, title text, version bigint NOT NULL);
      CREATE TABLE log (text text);
      CREATE TABLE child (article integer REFERENCES articles DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO articles VALUES (7, 'first', 1)`)
  })
  const titles = () => db.sql('SELECT title, version FROM articles ORDER BY id')
  const logged = async () => (await db.sql('SELECT text FROM log')).map(({ text }) => text)

  const serveApp = (app: express.Express, handler: RequestHandler) =>
    serve(app.all('/articles/:id', handler).use(problems()).use(lastResort))

  /** The handlers of one table, by what the request says. */
  async function tableApi() {
    const { pool, statements } = db.counted()
    const table = postgresTable<Article, typeof pool>(pool, { name: 'articles', columns: ['title'] })
    await table.find({ id: 1 })
    const articles = ifMatch({ key: 'articles/:id', table })
    const app = express().use(express.json())
    app.get('/articles/:id', async (req, res) => articles.send(res, await table.find({ id: req.params.id })))
    const send = await serveApp(
      app,
      articles.wrap(async (req, res, write) => {
        if (req.method === 'POST') return res.status(201).json(await write.insert(req.body))
        if (req.method === 'DELETE') return res.json(await write.delete())
        if (req.method === 'PUT') return res.json(await write.update(req.body))
        await write.transaction(async (client, inside) => {
          await client.query('INSERT INTO log VALUES ($1)', [req.body.title])
          const article = await inside.update(req.body)
          if (req.headers['x-mode'] === 'orphan') await client.query('INSERT INTO child VALUES (404)')
          if (req.headers['x-mode'] === 'swallow') await client.query('SELECT 1 / 0').catch(() => undefined)
          if (req.headers['x-mode'] === 'throw') throw new Error('no')
          res.status(req.headers['x-mode'] === 'refuse' ? 422 : 200).json(article)
        })
      }),
    )
    return { send, statements, pool }
  }

  it('table: reads, updates, inserts and deletes, each with one statement', async () => {
    const { send, statements } = await tableApi()
    const trips = async (...request: Parameters<typeof send>) => {
      const before = statements.length
      const { status, headers, json } = await send(...request)
      return [
        statements.length - before,
        status,
        ...(status < 300 ? [headers.etag?.split('.')[0]?.replaceAll('"', ''), json?.title] : []),
      ]
    }
    expect(await trips('GET', '/articles/7')).toEqual([1, 200, '1', 'first'])
    expect(await trips('PUT', '/articles/7', tagged('"1"', { title: 'a' }))).toEqual([1, 200, '2', 'a'])
    expect(await trips('PUT', '/articles/7', tagged('"2", "9"', { title: 'b' }))).toEqual([1, 200, '3', 'b'])
    expect(await trips('PUT', '/articles/7', tagged('*', { title: 'c' }))).toEqual([1, 200, '4', 'c'])
    // the loser learns of the current row in one more
    expect(await trips('PUT', '/articles/7', tagged('"3"', { title: 'd' }))).toEqual([2, 409])
    const fresh = { headers: { 'If-None-Match': '*' }, body: { title: 'new' } }
    expect(await trips('POST', '/articles/8', fresh)).toEqual([
      1,
      201,
      expect.stringMatching(/^\d{16}$/),
      'new',
    ])
    expect(await trips('POST', '/articles/8', fresh)).toEqual([2, 412])
    expect(await trips('DELETE', '/articles/7', tagged('"4"'))).toEqual([1, 200, undefined, 'c'])
    expect(await trips('PUT', '/articles/7', tagged('"4"', { title: 'e' }))).toEqual([2, 409])
  })

  it('table: an id of a form that no row has is not found, or malformed, and never a 500', async () => {
    const { send, pool } = await tableApi()
    for (const id of ['abc', '99999999999999999999', '1%00', '%F0%9F%94%91', `1'%20OR%201=1`]) {
      const found = await send('GET', `/articles/${id}`)
      const put = await send('PUT', `/articles/${id}`, tagged('*', { title: 'x' }))
      const made = await send('POST', `/articles/${id}`, {
        headers: { 'If-None-Match': '*' },
        body: { title: 'x' },
      })
      expect([found.status, put.status, made.status], id).toEqual([404, expect.toBeOneOf([404, 409]), 400])
    }
    // an error of PostgreSQL would have made pg close a connection
    expect(pool.totalCount).toBe(1)
    expect(await titles()).toEqual([{ title: 'first', version: '1' }])
  })

  it('table: a transaction commits all before its answer leaves', async () => {
    const { send } = await tableApi()
    const answer = await send('PATCH', '/articles/7', tagged('"1"', { title: 'a' }))
    expect(answer).toMatchObject({ status: 200, json: { title: 'a', version: '2' } })
    expect(answer.headers.etag).toBe('"2"')
    expect(await titles()).toEqual([{ title: 'a', version: '2' }])
    expect(await logged()).toEqual(['a'])
  })

  it.each([
    ['the version is stale', '"9"', '', 409, 'version-conflict'],
    ['its work throws', '"1"', 'throw', 500, undefined],
    ['it is answered with 422', '"1"', 'refuse', 422, undefined],
    // answered with 200 inside, and that answer never leaves
    ['its commit is refused', '"1"', 'orphan', 500, '23503'],
    ['the failure of a statement was swallowed', '"1"', 'swallow', 500, 'ERR_NOT_WRITTEN'],
  ])('table: a transaction leaves nothing where %s', async (_, tag, mode, status, code) => {
    const { send, pool } = await tableApi()
    const answer = await send('PATCH', '/articles/7', tagged(tag, { title: 'a' }, mode))
    expect([answer.status, answer.json.code]).toEqual([status, code])
    expect(answer.headers.etag).toBeUndefined()
    expect(await titles()).toEqual([{ title: 'first', version: '1' }])
    expect(await logged()).toEqual([])
    expect(pool.totalCount - pool.idleCount).toBe(0)
  })

  /** Handlers that know nothing of versions, or that write in the ledger's transaction. */
  async function ledgerApi() {
    const { pool, statements } = db.counted()
    const ledger = postgresLedger(pool)
    await ledger.get('set up')
    const articles = ifMatch({ key: 'articles/:id', ledger })
    const app = express().use(express.json())
    app.get('/articles/:id', articles.read(), async (req, res) => {
      const rows = await db.sql('SELECT id, title FROM articles WHERE id = $1', [req.params.id])
      res.json(rows[0])
    })
    const send = await serveApp(
      app,
      articles.wrap(async (req, res, write) => {
        const title = req.body.title
        if (req.method === 'PUT') {
          await db.sql('UPDATE articles SET title = $1 WHERE id = $2', [title, req.params.id])
          return res.json({ title })
        }
        await write.transaction(async (client) => {
          await client.query('UPDATE articles SET title = $1 WHERE id = $2', [title, req.params.id])
          await client.query('INSERT INTO log VALUES ($1)', [title])
          if (req.headers['x-mode'] === 'orphan') await client.query('INSERT INTO child VALUES (404)')
          if (req.headers['x-mode'] === 'throw') throw new Error('no')
          res.status(req.headers['x-mode'] === 'refuse' ? 422 : 200).json({ title })
        })
      }),
    )
    const tag = async () => (await send('GET', '/articles/7')).headers.etag ?? ''
    return { send, statements, pool, ledger, tag }
  }

  it('ledger: a read costs one statement, a write two: the claim and the settle', async () => {
    const { send, statements, tag } = await ledgerApi()
    await tag()
    expect(statements.splice(0).length).toBeGreaterThan(0)
    const first = await tag()
    expect(statements.splice(0)).toHaveLength(1)
    const put = await send('PUT', '/articles/7', tagged(first, { title: 'a' }))
    expect([put.status, statements.splice(0).length]).toEqual([200, 2])
    const next = await send('PUT', '/articles/7', tagged(put.headers.etag ?? '', { title: 'b' }))
    expect([next.status, statements.splice(0).length]).toEqual([200, 2])
    const stale = await send('PUT', '/articles/7', tagged(first, { title: 'c' }))
    expect([stale.status, statements.splice(0).length]).toEqual([409, 2])
  })

  it('ledger: a transaction moves the version with the data, before its answer leaves', async () => {
    const { send, tag } = await ledgerApi()
    const first = await tag()
    const settled = settlements()
    const answer = await send('PATCH', '/articles/7', tagged(first, { title: 'a' }))
    expect([answer.status, answer.headers.etag !== undefined]).toEqual([200, true])
    expect(await titles()).toMatchObject([{ title: 'a' }])
    expect(await logged()).toEqual(['a'])
    expect((await tag()).split('.')[0]).toBe(answer.headers.etag?.slice(0, -1))
    expect((await send('PATCH', '/articles/7', tagged(first, { title: 'b' }))).status).toBe(409)
    expect(settled.map(({ outcome }) => outcome)).toContain('written')
  })

  it('ledger: a transaction leaves the version and the data where it is answered with 422', async () => {
    const { send, tag, pool } = await ledgerApi()
    const first = await tag()
    const answer = await send('PATCH', '/articles/7', tagged(first, { title: 'a' }, 'refuse'))
    expect(answer).toMatchObject({ status: 422, json: { title: 'a' } })
    expect(await logged()).toEqual([])
    expect(await titles()).toMatchObject([{ title: 'first' }])
    expect(await tag()).toBe(first)
    expect(pool.totalCount - pool.idleCount).toBe(0)
  })

  it('ledger: a transaction leaves no data where its work throws', async () => {
    const { send, tag, pool } = await ledgerApi()
    expect((await send('PATCH', '/articles/7', tagged(await tag(), { title: 'a' }, 'throw'))).status).toBe(
      500,
    )
    expect(await logged()).toEqual([])
    expect(await titles()).toMatchObject([{ title: 'first' }])
    expect(pool.totalCount - pool.idleCount).toBe(0)
  })

  it('ledger: an answer that was given before a commit that failed does not leave', async () => {
    const { send, tag } = await ledgerApi()
    const answer = await send('PATCH', '/articles/7', tagged(await tag(), { title: 'a' }, 'orphan'))
    expect(answer).toMatchObject({ status: 500, json: { code: '23503' } })
    expect(await titles()).toMatchObject([{ title: 'first' }])
  })

  it('both: of many writers that name one version, one wins', async () => {
    const table = await tableApi()
    const ledger = await ledgerApi()
    const tag = await ledger.tag()
    const race = async (send: typeof table.send, method: string, from: string) =>
      (
        await Promise.all(
          Array.from({ length: 12 }, (_, n) => send(method, '/articles/7', tagged(from, { title: `w${n}` }))),
        )
      )
        .map(({ status }) => status)
        .sort()
    const one = [200, ...Array.from({ length: 11 }, () => 409)]
    expect(await race(table.send, 'PUT', '"1"')).toEqual(one)
    expect(await race(table.send, 'PATCH', '"2"')).toEqual(one)
    expect(await race(ledger.send, 'PUT', tag)).toEqual(one)
    expect(await race(ledger.send, 'PATCH', await ledger.tag())).toEqual(one)
    expect(await logged()).toHaveLength(2)
  })
})
