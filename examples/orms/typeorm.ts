import express, { type Express } from 'express'
import { ifMatch, problems } from 'express-if-match'
import { Column, Entity, PrimaryColumn, VersionColumn, type DataSource } from 'typeorm'

@Entity('articles')
export class Article {
  @PrimaryColumn('text')
  id!: string

  @Column('text')
  title!: string

  @VersionColumn()
  version!: number
}

export function createApp(dataSource: DataSource): Express {
  const repository = dataSource.getRepository(Article)

  const articles = ifMatch({
    key: 'articles/:id',
    current: (req) => repository.findOneBy({ id: String(req.params?.id) }),
    version: 'version',
  })

  const app = express().use(express.json())

  app.get('/articles/:id', async (req, res) => {
    articles.send(res, await repository.findOneBy({ id: req.params.id }))
  })

  // One statement. update() raises the version column; only where() compares it.
  app.put(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const where = { id: req.params.id, ...write.where() }
      const result = await repository.update(where, { title: String(req.body.title) }, { returning: '*' })
      if (result.affected === 0) return write.missed() // it changed after `current` looked: a 409; or it is gone
      articles.send(res, (result.raw as Article[])[0])
    }),
  )

  // TypeORM's optimistic lock compares when it reads, and throws an OptimisticLockVersionMismatchError, which a guarded
  // route answers in the same way. save() compares nothing: only the lock keeps the row as it was read.
  app.patch(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const where = { id: req.params.id }
      const version = write.current?.version ?? 0
      const saved = await dataSource.transaction(async (manager) => {
        await manager.findOne(Article, { where, lock: { mode: 'pessimistic_write' } })
        const article = await manager.findOne(Article, { where, lock: { mode: 'optimistic', version } })
        if (article === null) return write.missed()
        article.title = String(req.body.title)
        return manager.save(article)
      })
      articles.send(res, saved)
    }),
  )

  app.use(problems())
  return app
}
