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
