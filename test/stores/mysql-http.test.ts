import express, { type RequestHandler } from 'express'
import { ifMatch, problems } from 'express-if-match'
import type { Pool } from 'mysql2/promise'
import { expect, it } from 'vitest'
import { mysqlLedger, mysqlTable } from '../../src/stores/mysql.js'
import { serve, settlements, type Send } from '../support/api.js'
import { lastResort } from '../support/orders.js'
import { counted, database, onEachWay, rows, tableName } from './mysql-support.js'

interface Article {
  id: number
  title: string
  version: number
}

const tagged = (tag: string, body: unknown = {}, mode = '') => ({
  headers: { 'If-Match': tag, 'X-Mode': mode },
  body,
})

onEachWay('over HTTP', (way) => {
  const server = database()

  async function setUp() {
    const pool: Pool = server.pool(way, { connectionLimit: 6 })
    const trips = counted(pool)
    const [name, log] = [tableName(), tableName()]
    await pool.query(`CREATE TABLE ${name} (id INT PRIMARY KEY, title TEXT, version BIGINT NOT NULL)`)
    await pool.query(`CREATE TABLE ${log} (text TEXT)`)
    await pool.query(`INSERT INTO ${name} VALUES (7, 'first', 1)`)
    const titles = () => rows(pool, `SELECT title, version FROM ${name} ORDER BY id`)
    const logged = async () => (await rows(pool, `SELECT text FROM ${log}`)).map(({ text }) => text as string)
    return { pool, name, log, trips, titles, logged }
  }
  const serveApp = (app: express.Express, handler: RequestHandler) =>
    serve(app.all('/articles/:id', handler).use(problems()).use(lastResort))

  /** The handlers of one table, by what the request says. */
  async function tableApi() {
    const context = await setUp()
    const { pool, name, log } = context
    const table = mysqlTable<Article, Pool>(pool, { name, columns: ['title'] })
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
          await client.query(`INSERT INTO ${log} VALUES (?)`, [req.body.title])
          const article = await inside.update(req.body)
          if (req.headers['x-mode'] === 'end') await client.query('ROLLBACK')
          if (req.headers['x-mode'] === 'throw') throw new Error('no')
          res.status(req.headers['x-mode'] === 'refuse' ? 422 : 200).json(article)
        })
      }),
    )
    return { ...context, send }
  }

  it('table: reads, updates, inserts and deletes', async () => {
    const { send, trips, pool } = await tableApi()
    const steps = async (...request: Parameters<Send>) => {
      const { status, headers, json } = await send(...request)
      return [
        status,
        ...(status < 300 ? [headers.etag?.split('.')[0]?.replaceAll('"', ''), json?.title] : []),
      ]
    }
    expect(await steps('GET', '/articles/7')).toEqual([200, '1', 'first'])
    expect(await steps('PUT', '/articles/7', tagged('"1"', { title: 'a' }))).toEqual([200, '2', 'a'])
    expect(await steps('PUT', '/articles/7', tagged('"2", "9"', { title: 'b' }))).toEqual([200, '3', 'b'])
    expect(await steps('PUT', '/articles/7', tagged('*', { title: 'c' }))).toEqual([200, '4', 'c'])
    expect(await steps('PUT', '/articles/7', tagged('"3"', { title: 'd' }))).toEqual([409])
    const fresh = { headers: { 'If-None-Match': '*' }, body: { title: 'new' } }
    const version = expect.stringMatching(/^\d{16}$/) as unknown
    expect(await steps('POST', '/articles/8', fresh)).toEqual([201, version, 'new'])
    expect(await steps('POST', '/articles/8', fresh)).toEqual([412])
    if (way !== 'MySQL')
      expect(await trips(() => send('PUT', '/articles/7', tagged('"4"', { title: 'e' })))).toBe(1)
    expect(await steps('DELETE', '/articles/8', tagged('*'))).toEqual([200, undefined, 'new'])
    expect(await rows(pool, 'SELECT @@in_transaction AS open')).toEqual([{ open: 0 }])
  })

  it('table: an id of a form that no row has is not found, or malformed, and never a 500', async () => {
    const { send, titles } = await tableApi()
    for (const id of [
      'abc',
      '07',
      '7abc',
      '7.0',
      '99999999999999999999',
      '1%00',
      '%F0%9F%94%91',
      `7'%20OR%201=1`,
    ]) {
      const found = await send('GET', `/articles/${id}`)
      const put = await send('PUT', `/articles/${id}`, tagged('*', { title: 'x' }))
      const fresh = { headers: { 'If-None-Match': '*' }, body: { title: 'x' } }
      const made = await send('POST', `/articles/${id}`, fresh)
      expect([found.status, put.status, made.status], id).toEqual([404, expect.toBeOneOf([404, 409]), 400])
    }
    expect(await titles()).toEqual([{ title: 'first', version: 1 }])
  })

  it('table: a transaction commits all before its answer leaves', async () => {
    const { send, titles, logged } = await tableApi()
    const answer = await send('PATCH', '/articles/7', tagged('"1"', { title: 'a' }))
    expect(answer).toMatchObject({ status: 200, json: { title: 'a', version: 2 } })
    expect(answer.headers.etag).toBe('"2"')
    expect(await titles()).toEqual([{ title: 'a', version: 2 }])
    expect(await logged()).toEqual(['a'])
  })

  it.each([
    ['the version is stale', '"9"', '', 409, 'version-conflict'],
    ['its work throws', '"1"', 'throw', 500, undefined],
    ['it is answered with 422', '"1"', 'refuse', 422, undefined],
    // answered with 200 inside, and that answer never leaves
    ['its work has ended it', '"1"', 'end', 500, 'outcome-unknown'],
  ])('table: a transaction leaves nothing where %s', async (_, tag, mode, status, code) => {
    const { send, titles, logged } = await tableApi()
    const answer = await send('PATCH', '/articles/7', tagged(tag, { title: 'a' }, mode))
    expect([answer.status, answer.json.code]).toEqual([status, code])
    expect(answer.headers.etag).toBeUndefined()
    expect(await titles()).toEqual([{ title: 'first', version: 1 }])
    expect(await logged()).toEqual([])
  })

  /** Handlers that know nothing of versions, or that write in the ledger's transaction. */
  async function ledgerApi() {
    const context = await setUp()
    const { pool, name, log } = context
    const ledger = mysqlLedger(pool, { table: tableName() })
    await ledger.get('set up')
    const articles = ifMatch({ key: 'articles/:id', ledger })
    const app = express().use(express.json())
    app.get('/articles/:id', articles.read(), async (req, res) => {
      const [found] = await pool.query(`SELECT id, title FROM ${name} WHERE id = ?`, [req.params.id])
      res.json((found as Article[])[0])
    })
    const send = await serveApp(
      app,
      articles.wrap(async (req, res, write) => {
        const title = req.body.title
        if (req.method === 'PUT') {
          await pool.query(`UPDATE ${name} SET title = ? WHERE id = ?`, [title, req.params.id])
          return res.json({ title })
        }
        await write.transaction(async (client) => {
          await client.query(`UPDATE ${name} SET title = ? WHERE id = ?`, [title, req.params.id])
          await client.query(`INSERT INTO ${log} VALUES (?)`, [title])
          if (req.headers['x-mode'] === 'end') await client.query('ROLLBACK')
          if (req.headers['x-mode'] === 'throw') throw new Error('no')
          res.status(req.headers['x-mode'] === 'refuse' ? 422 : 200).json({ title })
        })
      }),
    )
    const tag = async () => (await send('GET', '/articles/7')).headers.etag ?? ''
    return { ...context, send, ledger, tag }
  }

  it('ledger: a read costs one trip, a write two: the claim and the settle', async () => {
    const { send, trips, tag } = await ledgerApi()
    let last = await tag()
    // the handler has one of its own
    expect(await trips(tag)).toBe(1 + 1)
    const put = (title: string) => async () => {
      const answer = await send('PUT', '/articles/7', tagged(last, { title }))
      expect(answer.status).toBe(200)
      last = answer.headers.etag ?? ''
    }
    expect(await trips(put('a'))).toBe(2 + 1)
    // of what was settled before, MySQL tells in one more
    expect(await trips(put('b'))).toBe((way === 'MySQL' ? 3 : 2) + 1)
  })

  it('ledger: a transaction moves the version with the data, before its answer leaves', async () => {
    const { send, tag, titles, logged } = await ledgerApi()
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

  it.each([
    ['it is answered with 422', 'refuse', 422],
    ['its work throws', 'throw', 500],
    ['its work has ended it', 'end', 500],
  ])('ledger: a transaction leaves the version and the data where %s', async (_, mode, status) => {
    const { send, tag, titles, logged } = await ledgerApi()
    const first = await tag()
    const answer = await send('PATCH', '/articles/7', tagged(first, { title: 'a' }, mode))
    expect(answer.status).toBe(status)
    expect(await logged()).toEqual([])
    expect(await titles()).toMatchObject([{ title: 'first' }])
    // after what may have written, the version moves on
    if (mode === 'refuse') expect(await tag()).toBe(first)
  })

  it('both: of many writers that name one version, one wins', async () => {
    const table = await tableApi()
    const ledger = await ledgerApi()
    const race = async (send: Send, method: string, from: string) => {
      const writers = Array.from({ length: 12 }, (_, n) => tagged(from, { title: `w${n}` }))
      const answers = await Promise.all(writers.map((writer) => send(method, '/articles/7', writer)))
      return answers.map(({ status }) => status).sort()
    }
    const one = [200, ...Array.from({ length: 11 }, () => 409)]
    expect(await race(table.send, 'PUT', '"1"')).toEqual(one)
    expect(await race(table.send, 'PATCH', '"2"')).toEqual(one)
    expect(await race(ledger.send, 'PUT', await ledger.tag())).toEqual(one)
    expect(await race(ledger.send, 'PATCH', await ledger.tag())).toEqual(one)
    expect(await table.logged()).toHaveLength(1)
    expect(await ledger.logged()).toHaveLength(1)
  })
})
