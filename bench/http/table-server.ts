// One application that writes the rows of a database's table, in a process of its own; guarded, or not.
import express from 'express'
import { ifMatch } from 'express-if-match'
import { CHANGE } from '../tables/articles.js'
import { databases, isDatabase } from '../tables/databases.js'
import { serve } from './serve.js'

const [, , database = '', how] = process.argv
if (!isDatabase(database)) throw new Error(`no database ${JSON.stringify(database)}`)
const articles = await databases[database]()
const [write] = Object.values(articles.plain)
if (write === undefined) throw new Error(`${database} has no plain write`)

const app = express()
app.use(express.json())
if (how === 'guarded') {
  const guards = ifMatch({ key: 'articles/:id', table: articles.table })
  app.put(
    '/articles/:id',
    guards.wrap(
      async (_req, res, write) => {
        res.json(await write.update(CHANGE))
      },
      { required: false },
    ),
  )
} else {
  app.put('/articles/:id', async (req, res) => {
    res.json(await write(Number(req.params.id)))
  })
}
serve(app, () => articles.close())
