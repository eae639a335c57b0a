import express from 'express'
import { expect, it } from 'vitest'
import { ifMatch, memoryTable, problems } from '../../src/index.js'
import { serve, type Article } from '../promises/support.js'

it('send tags what a route without a guard created, so that the next write may name it', async () => {
  const rows = memoryTable<Article>({ columns: ['title'] })
  const articles = ifMatch({ key: 'articles/:id', table: rows })
  const app = express().use(express.json())
  app.post('/articles', (_req, res) => {
    articles.send(res.status(201), rows.insert({ id: '1' }, { title: 'first' }))
  })
  app.put(
    '/articles/:id',
    articles.wrap(async (_req, res, write) => {
      articles.send(res, await write.update({ title: 'second' }))
    }),
  )
  app.use(problems())
  const request = await serve(app)
  const created = await request('POST', '/articles')
  expect(created).toMatchObject({ status: 201, etag: '"1"' })
  const headers = { 'if-match': created.etag ?? '' }
  expect(await request('PUT', '/articles/1', headers)).toMatchObject({ status: 200, etag: '"2"' })
  expect((await request('PUT', '/articles/1', headers)).status).toBe(409)
})

/** `/articles/:id/copies` writes the article, and creates something else; `/articles` creates the article itself. */
async function posts(key: 'articles/:id' | ((req: express.Request) => string)) {
  const rows = memoryTable<Article>({ columns: ['title'], rows: [{ id: '1', title: 'first', version: 1 }] })
  const articles = ifMatch({ key, table: rows, required: false })
  const app = express().use(express.json())
  app.post(
    '/articles/:id/copies',
    articles.wrap(async (_req: express.Request, res: express.Response, write) => {
      await write.update({ title: 'copied' })
      res.status(201).location('/articles/1/copies/5').json({ copy: 5 })
    }),
  )
  app.post(
    '/articles/:id',
    articles.wrap(async (_req: express.Request, res: express.Response, write) => {
      res
        .status(201)
        .location('/v1/articles/2')
        .json(await write.insert({ title: 'new' }))
    }),
  )
  return serve(app.use(problems()))
}

it.each([
  ['a template', 'articles/:id'],
  ['a function', (req: express.Request) => String(req.params['id'])],
] as const)(
  'a POST on a table whose 201 names another resource answers no tag of its row: key is %s',
  async (_, key) => {
    const request = await posts(key)
    const copied = await request('POST', '/articles/1/copies')
    expect([copied.status, copied.etag]).toEqual([201, null])
    const created = await request('POST', '/articles/2')
    expect([created.status, created.etag]).toEqual([201, '"1"'])
  },
)
