import express, { type Express } from 'express'
import { ifMatch, problems } from 'express-if-match'
import type { Generated, Kysely } from 'kysely'

// CREATE TABLE articles (id text PRIMARY KEY, title text NOT NULL, version integer NOT NULL DEFAULT 1)
export interface Database {
  articles: { id: string; title: string; version: Generated<number> }
}

export function createApp(db: Kysely<Database>): Express {
  const find = (id: string) => db.selectFrom('articles').selectAll().where('id', '=', id).executeTakeFirst()

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
      const row = await db
        .updateTable('articles')
        .set((eb) => ({ title: String(req.body.title), version: eb('version', '+', 1) }))
        .where('id', '=', req.params.id)
        .where((eb) => eb.and(write.where())) // version = the one that the client named
        .returningAll()
        .executeTakeFirst()
      if (row === undefined) return write.missed() // it changed after `current` looked: a 409; or it is gone
      articles.send(res, row)
    }),
  )

  app.delete(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const { numDeletedRows } = await db
        .deleteFrom('articles')
        .where('id', '=', req.params.id)
        .where((eb) => eb.and(write.where()))
        .executeTakeFirst()
      if (numDeletedRows === 0n) return write.missed()
      res.status(204).end()
    }),
  )

  app.use(problems())
  return app
}
