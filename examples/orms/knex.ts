import express, { type Express } from 'express'
import { ifMatch, problems } from 'express-if-match'
import type { Knex } from 'knex'

// CREATE TABLE articles (id text PRIMARY KEY, title text NOT NULL, version integer NOT NULL DEFAULT 1)
interface Article {
  id: string
  title: string
  version: number
}

export function createApp(db: Knex): Express {
  const find = (id: string) => db<Article>('articles').where({ id }).first()

  const articles = ifMatch({
    key: 'articles/:id',
    current: (req) => find(String(req.params?.id)),
    version: 'version',
  })

  const app = express().use(express.json())

  app.get('/articles/:id', async (req, res) => {
    articles.send(res, await find(req.params.id))
  })

  app.put(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const [row] = await db<Article>('articles')
        .where({ id: req.params.id, ...write.where() }) // version = the one that the client named
        .update({ title: String(req.body.title), version: db.raw('version + 1') })
        .returning('*')
      if (row === undefined) return write.missed() // it changed after `current` looked: a 409; or it is gone
      articles.send(res, row)
    }),
  )

  app.delete(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const rows = await db<Article>('articles')
        .where({ id: req.params.id, ...write.where() })
        .delete()
      if (rows === 0) return write.missed()
      res.status(204).end()
    }),
  )

  app.use(problems())
  return app
}
