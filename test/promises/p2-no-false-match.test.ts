import Database from 'libsql'
import express, { type Express } from 'express'
import { describe, expect, it } from 'vitest'
import { ifMatch, memoryLedger, memoryTable, problems, type Ledger } from '../../src/index.js'
import { sqliteLedger, sqliteTable } from '../../src/stores/sqlite.js'
import { serve, type Article } from './support.js'

function api(ledger: Ledger): Express {
  const articles = new Map<string, string>([
    ['1', 'first'],
    ['2', 'first'],
    ['3', 'first'],
  ])
  const app = express()
  app.use(ifMatch({ ledger, key: 'articles/:id' }))
  app.use(express.json())
  app.get('/articles/:id', (req, res) => {
    const title = articles.get(req.params.id)
    if (title === undefined) res.status(404).json({})
    else res.json({ title })
  })
  app.put('/articles/:id', (req, res) => {
    const { title, status = 200 } = req.body as { title: string; status?: number }
    articles.set(req.params.id, title)
    res.status(status).json({ title })
  })
  app.delete('/articles/:id', (req, res) => {
    articles.delete(req.params.id)
    res.status(204).end()
  })
  return app
}

const LEDGERS = { memory: () => memoryLedger(), SQLite: () => sqliteLedger(new Database(':memory:')) }

describe.each(Object.entries(LEDGERS))(
  'P2, %s ledger: a superseded tag never matches again',
  (_name, ledger) => {
    it('after delete and re-create', async () => {
      const send = await serve(api(ledger()))
      const seen: string[] = []
      for (let life = 0; life < 3; life++) {
        for (let write = 0; write < 3; write++) {
          const { etag } = await send('GET', '/articles/1')
          seen.push(etag ?? '')
          expect(
            (await send('PUT', '/articles/1', { 'if-match': etag ?? '' }, { title: 'first' })).status,
          ).toBe(200)
        }
        await send('DELETE', '/articles/1')
        expect((await send('PUT', '/articles/1', { 'if-none-match': '*' }, { title: 'first' })).status).toBe(
          200,
        )
      }
      for (const etag of seen) {
        expect((await send('PUT', '/articles/1', { 'if-match': etag }, { title: 'lost' })).status).toBe(409)
        expect((await send('GET', '/articles/1', { 'if-none-match': etag })).status).toBe(200)
      }
    })

    it('after an unknown outcome', async () => {
      const send = await serve(api(ledger()))
      const { etag } = await send('GET', '/articles/1')
      expect(
        (await send('PUT', '/articles/1', { 'if-match': etag ?? '' }, { title: 'written', status: 500 }))
          .status,
      ).toBe(500)
      expect((await send('PUT', '/articles/1', { 'if-match': etag ?? '' }, { title: 'lost' })).status).toBe(
        409,
      )
      expect((await send('GET', '/articles/1')).body).toEqual({ title: 'written' })
    })

    it('after something else has written', async () => {
      const guarded = ifMatch({ ledger: ledger(), key: 'articles/:id' })
      const app = express()
      app.get('/articles/:id', guarded.read(), (_req, res) => {
        res.json({})
      })
      app.put('/articles/:id', guarded.guard(), (_req, res) => {
        res.json({})
      })
      const send = await serve(app)
      const { etag } = await send('GET', '/articles/1')
      await guarded.touch('articles/1')
      expect((await send('PUT', '/articles/1', { 'if-match': etag ?? '' })).status).toBe(409)
    })
  },
)

describe('P2', () => {
  it('a memory ledger that was restarted knows none of its earlier versions', async () => {
    const before = await serve(api(memoryLedger()))
    const { etag } = await before('GET', '/articles/1')
    const after = await serve(api(memoryLedger()))
    expect((await after('PUT', '/articles/1', { 'if-match': etag ?? '' }, { title: 'lost' })).status).toBe(
      409,
    )
  })

  it('a memory ledger that forgot a key knows none of its earlier versions', async () => {
    const send = await serve(api(memoryLedger({ maxEntries: 1 })))
    const { etag: first } = await send('GET', '/articles/1')
    await send('PUT', '/articles/1', {}, { title: 'second' })
    const { etag: second } = await send('GET', '/articles/1')
    await send('PUT', '/articles/2', {}, { title: 'evicts' })
    await send('PUT', '/articles/3', {}, { title: 'evicts' })
    for (const etag of [first, second]) {
      expect((await send('PUT', '/articles/1', { 'if-match': etag ?? '' }, { title: 'lost' })).status).toBe(
        409,
      )
    }
    const { etag } = await send('GET', '/articles/1')
    expect((await send('PUT', '/articles/1', { 'if-match': etag ?? '' }, { title: 'third' })).status).toBe(
      200,
    )
  })

  it.each(['memory', 'sqlite'])(
    'a row of a %s table that was deleted and created again has no version twice',
    async (kind) => {
      const db = new Database(':memory:')
      db.exec('CREATE TABLE articles (id TEXT PRIMARY KEY, title TEXT, version INTEGER)')
      const options = { id: 'id', version: 'version', columns: ['title'] } as const
      const table =
        kind === 'memory'
          ? memoryTable<Article>(options)
          : sqliteTable<Article>(db, { name: 'articles', ...options })
      const articles = ifMatch<Article>({
        key: 'articles/:id',
        table: table,
        required: false,
      })
      const app = express().use(express.json())
      app.put(
        '/articles/:id',
        articles.wrap(async (_req, res: express.Response, write) => {
          res.json(await write.update({ title: 'x' }))
        }),
      )
      app.post(
        '/articles/:id',
        articles.wrap(async (_req, res: express.Response, write) => {
          res.status(201).json(await write.insert({ title: 'x' }))
        }),
      )
      app.delete(
        '/articles/:id',
        articles.wrap(async (_req, res: express.Response, write) => {
          await write.delete()
          res.status(204).end()
        }),
      )
      app.use(problems())
      const send = await serve(app)
      const seen: string[] = []
      for (let life = 0; life < 4; life++) {
        seen.push((await send('POST', '/articles/1')).etag ?? '')
        for (let write = 0; write < 3; write++) seen.push((await send('PUT', '/articles/1')).etag ?? '')
        for (const etag of seen.slice(0, -1))
          expect((await send('PUT', '/articles/1', { 'if-match': etag })).status).toBe(409)
        expect((await send('DELETE', '/articles/1')).status).toBe(204)
      }
      expect(new Set(seen).size).toBe(seen.length)
    },
  )
})
