import express, { type Express } from 'express'
import { ifMatch, problems } from 'express-if-match'
import { Schema, type Connection } from 'mongoose'

// Without optimisticConcurrency save() moves __v only for some changes of arrays: ifMatch refuses such a document.
const articleSchema = new Schema({ _id: String, title: String }, { optimisticConcurrency: true })

export function createApp(connection: Connection): Express {
  const Article = connection.model('Article', articleSchema)

  const articles = ifMatch({
    key: 'articles/:id',
    current: (req) => Article.findById(String(req.params?.id)).exec(),
    version: '__v',
  })

  const app = express().use(express.json())

  app.get('/articles/:id', async (req, res) => {
    articles.send(res, await Article.findById(req.params.id))
  })

  // One command. Queries neither compare nor raise __v by themselves.
  app.put(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      const article = await Article.findOneAndUpdate(
        { _id: req.params.id, ...write.where() }, // __v: the one that the client named
        { $set: { title: String(req.body.title) }, $inc: { __v: 1 } },
        { returnDocument: 'after' },
      )
      if (article === null) return write.missed() // it changed after `current` looked: a 409; or it is gone
      articles.send(res, article)
    }),
  )

  // The document that `current` found is in the version that the client named. Saving it compares that version, and
  // throws a VersionError, which a guarded route answers in the same way.
  app.patch(
    '/articles/:id',
    articles.wrap(async (req, res, write) => {
      if (write.current === undefined) return write.missed()
      articles.send(res, await write.current.set({ title: String(req.body.title) }).save())
    }),
  )

  app.use(problems())
  return app
}
