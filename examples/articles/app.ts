import { join } from 'node:path'
import express, { type Express } from 'express'
import { ifMatch, problems } from 'express-if-match'
import { sqliteTable } from 'express-if-match/sqlite'
import type Database from 'libsql'
import { z } from 'zod'
import { clientScript } from './client-script.js'
import { insertArticle, listArticles, type Article } from './database.js'
import { otherProblems } from './other-problems.js'

const identity = z.object({ id: z.coerce.number().int().positive() })
const content = z.object({ title: z.string().trim().min(1).max(200), body: z.string().max(20_000) })

export function createApp(db: Database.Database): Express {
  // its columns `id` and `version` have the names that are looked for
  const table = sqliteTable<Article>(db, { name: 'articles', columns: ['title', 'body'] })
  const articles = ifMatch({ key: 'articles/:id', params: identity, table, represent: (row) => row })

  // Express would tag every answer with a hash of its body, errors too: here each tag of the API is an article's version
  const app = express().disable('x-powered-by').disable('etag')
  app.use((_req, res, next) => {
    res.set('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'; base-uri 'none'")
    next()
  })
  const script = clientScript()
  app.get('/client.js', (_req, res) => {
    res.type('text/javascript').send(script)
  })
  app.use(express.static(join(import.meta.dirname, 'public')))
  app.use(express.json())

  app.get('/articles', (_req, res) => {
    res.json(listArticles(db))
  })
  app.get('/articles/:id', (req, res) => {
    articles.send(res, table.find({ id: req.params.id }))
  })
  app.post('/articles', (req, res) => {
    const { title, body } = content.parse(req.body)
    const id = insertArticle(db, title, body)
    articles.send(res.status(201).location(`/articles/${id}`), table.find({ id }))
  })
  app.put(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      articles.send(res, await write.update(content.parse(req.body)))
    }),
  )
  app.patch(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      articles.send(res, await write.update(content.partial().parse(req.body)))
    }),
  )
  app.delete(
    '/articles/:id',
    articles.wrap(async (_req, res, write) => {
      await write.delete()
      res.status(204).end()
    }),
  )

  app.use(problems(), otherProblems)
  return app
}
