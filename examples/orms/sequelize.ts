import express, { type Express } from 'express'
import { ifMatch, problems } from 'express-if-match'
import {
  DataTypes,
  Model,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Sequelize,
} from 'sequelize'

class Article extends Model<InferAttributes<Article>, InferCreationAttributes<Article>> {
  declare id: string
  declare title: string
  declare version: CreationOptional<number>
}

export function createApp(sequelize: Sequelize): Express {
  const version = { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 }
  const options = { sequelize, tableName: 'articles', timestamps: false, version: true }
  Article.init({ id: { type: DataTypes.TEXT, primaryKey: true }, title: DataTypes.TEXT, version }, options)

  const articles = ifMatch({
    key: 'articles/:id',
    current: (req) => Article.findByPk(String(req.params?.id)),
    version: 'version',
  })

  const app = express().use(express.json())

  app.get('/articles/:id', async (req, res) => {
    articles.send(res, await Article.findByPk(req.params.id))
  })

  // One statement. The static update() neither compares nor raises the version by itself.
  app.put(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const [, [article]] = await Article.update(
        { title: String(req.body.title), version: sequelize.literal('version + 1') },
        { where: { id: req.params.id, ...write.where() }, returning: true },
      )
      if (article === undefined) return write.missed() // it changed after `current` looked: a 409; or it is gone
      articles.send(res, article)
    }),
  )

  // The instance that `current` found is in the version that the client named. Saving it compares that version, and
  // throws an OptimisticLockError, which a guarded route answers in the same way.
  app.patch(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      if (write.current === undefined) return write.missed()
      articles.send(res, await write.current.update({ title: String(req.body.title) }))
    }),
  )

  app.use(problems())
  return app
}
