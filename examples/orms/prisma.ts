import express, { type Express } from 'express'
import { ifMatch, problems } from 'express-if-match'
import type { Article, PrismaClient } from './prisma-client/client.js'

export function createApp(prisma: PrismaClient): Express {
  const find = (id: string) => prisma.article.findUnique({ where: { id } })

  const articles = ifMatch({
    key: 'articles/:id',
    current: (req) => find(String(req.params?.id)),
    version: 'updatedAt', // DateTime @updatedAt @db.Timestamptz(3)
  })

  const app = express().use(express.json())

  app.get('/articles/:id', async (req, res) => {
    articles.send(res, await find(req.params.id))
  })

  app.put(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const [article] = await prisma.article.updateManyAndReturn({
        where: { id: req.params.id, ...write.where() }, // updatedAt = the one that the client named
        data: { title: String(req.body.title), updatedAt: later(write.current) },
      })
      if (article === undefined) return write.missed() // it changed after `current` looked: a 409; or it is gone
      articles.send(res, article)
    }),
  )

  // update() throws P2025 where it finds no such row, and a guarded route answers that in the same way.
  app.patch(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const article = await prisma.article.update({
        where: { id: req.params.id, ...write.where() },
        data: { title: String(req.body.title), updatedAt: later(write.current) },
      })
      articles.send(res, article)
    }),
  )

  app.use(problems())
  return app
}

/** Now, and never the moment that the row has already: two writes in one millisecond would be one version. */
function later(article: Article | undefined): Date {
  return new Date(Math.max(Date.now(), (article?.updatedAt.getTime() ?? 0) + 1))
}
