// Prisma: `updatedAt` is the version.
import express, { type Express } from 'express'
import { ifMatch, problems } from 'express-if-match'
import type { Report } from 'express-if-match/observe'
import type { Article, PrismaClient } from '../orms/prisma-client/client.js'
import { STEPS, type Step } from './steps.js'

export function createApp(prisma: PrismaClient, conflicts: Report, step: Step): Express {
  const find = (id: string) => prisma.article.findUnique({ where: { id } })
  const articles = ifMatch({
    key: 'articles/:id',
    current: (req) => find(String(req.params?.id)),
    version: 'updatedAt', // DateTime @updatedAt @db.Timestamptz(3): no more digits than a Date has
    ...STEPS[step],
  })

  const app = express().use(express.json())
  app.use('/admin/conflicts', conflicts.router({ authorize: (req) => req.headers['x-role'] === 'admin' }))

  app.get('/articles/:id', articles.read(), async (req, res) => {
    const article = await find(req.params.id)
    if (article === null) res.sendStatus(404)
    else res.json(article)
  })

  // the handler as it was, behind a guard: right for observing
  app.put('/articles/:id', articles.guard(), async (req, res) => {
    const { title } = req.body
    res.json(await prisma.article.update({ where: { id: req.params.id }, data: { title } }))
  })

  // in its last form the predicate compares the version, and the new one is later than the old, whatever the clock says
  app.patch(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const { title } = req.body
      const article = await prisma.article.update({
        where: { id: req.params.id, ...write.where() },
        data: { title, updatedAt: later(write.current) },
      })
      articles.send(res, article)
    }),
  )

  app.use(problems()) // also makes a 409 of the P2025 that update() throws where another write was first
  return app
}

function later(article: Article | undefined): Date {
  return new Date(Math.max(Date.now(), (article?.updatedAt.getTime() ?? 0) + 1))
}
