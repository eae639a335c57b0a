import express, { type Request } from 'express'
import { ifMatch, preconditionOf, problems } from 'express-if-match'
import * as client from 'express-if-match/client'
import * as axios from 'express-if-match/client/axios'
import * as tanstack from 'express-if-match/client/tanstack-query'
import * as core from 'express-if-match/core'
import * as dynamodb from 'express-if-match/dynamodb'
import * as observe from 'express-if-match/observe'
import * as mysql from 'express-if-match/mysql'
import * as postgres from 'express-if-match/postgres'
import * as probe from 'express-if-match/probe'
import * as redis from 'express-if-match/redis'
import * as sqlite from 'express-if-match/sqlite'
import * as testing from 'express-if-match/testing'

export const app = express()
app.use(express.json())
app.use('/old', ifMatch())

const articles = ifMatch({ key: 'articles/:id' })
app.get('/articles/:id', articles.read(), (req, res) => {
  const id: string = req.params.id
  res.json({ id })
})
app.put('/articles/:id', articles.guard(), (req, res) => {
  const id: string = req.params.id
  const key: string = preconditionOf(req).key
  res.json({ id, key })
})
app.patch(
  '/articles/:id',
  articles.wrap(async (req: Request<{ id: string }>, res, write) => {
    const id: string = req.params.id
    const key: string = write.key
    await Promise.resolve()
    res.json({ id, key })
  }),
)
app.use(problems())

export const decide = core.evaluatePreconditions(
  { method: 'PUT', headers: [['If-Match', '"1"']] },
  { etag: '"1"' },
)
export const loaded: object[] = [
  axios,
  client,
  dynamodb,
  mysql,
  observe,
  postgres,
  probe,
  redis,
  sqlite,
  tanstack,
  testing,
]
