import express from 'express'
import { ifMatch } from 'express-if-match'
import mongoose from 'mongoose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../examples/orms/mongoose.js'
import { serve } from '../support/api.js'
import { lastResort } from '../support/orders.js'
import { requires } from '../support/requires.js'
import { ormCases, type Scene } from './orms-cases.js'
import { fakeMongo, openMongo, type Mongo } from './orms-mongo.js'

function suite(open: () => Mongo | Promise<Mongo>): void {
  let mongo: Mongo
  let meanwhile: (() => Promise<unknown>) | undefined

  beforeAll(async () => {
    mongo = await open()
    // Mongoose writes through the collection of its model, which is this one
    const { articles } = mongo
    for (const name of ['findOneAndUpdate', 'updateOne'] as const) {
      const write = articles[name].bind(articles) as (...args: unknown[]) => Promise<never>
      articles[name] = async (...args: unknown[]) => {
        const first = meanwhile
        meanwhile = undefined
        await first?.()
        return write(...args)
      }
    }
  })
  beforeEach(() => mongo.articles.insertOne({ _id: '1', title: 'Draft', __v: 0 }) as Promise<void>)
  afterEach(() => mongo.articles.deleteMany({}) as Promise<void>)
  afterAll(() => mongo.close())

  const past = {
    write: () =>
      mongo.articles.findOneAndUpdate({ _id: '1' }, { $set: { title: 'past the API' }, $inc: { __v: 1 } }),
    delete: () => mongo.articles.deleteMany({}),
  }
  const scene: Scene = {
    createApp: () => createApp(mongo.connection),
    article: async () => (await mongo.articles.findOne({ _id: '1' })) ?? undefined,
    behind(what, ask) {
      meanwhile = past[what]
      return ask()
    },
  }
  ormCases({ methods: ['PUT', 'PATCH'], deletes: false }, scene)
}

describe('Mongoose, over a collection that stands in for a server', () => suite(fakeMongo))

it('refuses a document whose schema lets its version stand', async () => {
  const Article = mongoose.model('Unmoved', new mongoose.Schema({ _id: String, title: String }))
  const current = () => Article.hydrate({ _id: '1', title: 'Draft', __v: 0 })
  const articles = ifMatch({ key: 'articles/:id', current, version: '__v' })
  const app = express().use(express.json())
  app.get('/articles/:id', (_req, res) => articles.send(res, current()))
  app.put('/articles/:id', articles.guard(), (_req, res) => res.json({}))
  const send = await serve(app.use(lastResort))
  expect(await send('GET', '/articles/1')).toMatchObject({ json: { code: 'ERR_VERSION_UNMOVED' } })
  const put = await send('PUT', '/articles/1', { headers: { 'If-Match': '"0"' }, body: {} })
  expect(put).toMatchObject({ status: 500, json: { code: 'ERR_VERSION_UNMOVED' } })
})

const url = process.env.MONGODB_URL ?? ''
requires('MongoDB', url !== '', 'MONGODB_URL', 'whoever has a MongoDB').describe(
  'Mongoose, over MongoDB',
  () => suite(() => openMongo(url)),
)
