import { and, eq, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import express, { type Express } from 'express'
import { ifMatch, problems, type CurrentWrite } from 'express-if-match'

const articlesTable = pgTable('articles', {
  id: text().primaryKey(),
  title: text().notNull(),
  version: integer().notNull().default(1),
})
type Article = typeof articlesTable.$inferSelect

export function createApp(db: NodePgDatabase): Express {
  const find = async (id: string): Promise<Article | undefined> => {
    const [row] = await db.select().from(articlesTable).where(eq(articlesTable.id, id))
    return row
  }

  const articles = ifMatch({
    key: 'articles/:id',
    current: (req) => find(String(req.params?.id)),
    version: 'version',
  })

  /** The row, in the version that the client named; any version where it named none (`If-Match: *`). */
  const named = (id: string, write: CurrentWrite<Article>) => {
    const { version } = write.where()
    return and(
      eq(articlesTable.id, id),
      version === undefined ? undefined : eq(articlesTable.version, version),
    )
  }

  const app = express().use(express.json())

  app.get('/articles/:id', async (req, res) => {
    articles.send(res, await find(req.params.id))
  })

  app.put(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const [row] = await db
        .update(articlesTable)
        .set({ title: String(req.body.title), version: sql`${articlesTable.version} + 1` })
        .where(named(req.params.id, write))
        .returning()
      if (row === undefined) return write.missed() // it changed after `current` looked: a 409; or it is gone
      articles.send(res, row)
    }),
  )

  app.delete(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const rows = await db.delete(articlesTable).where(named(req.params.id, write)).returning()
      if (rows.length === 0) return write.missed()
      res.status(204).end()
    }),
  )

  app.use(problems())
  return app
}
