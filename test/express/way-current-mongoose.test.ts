import express from 'express'
import { ifMatch, problems, type CurrentOptions } from 'express-if-match'
import mongoose from 'mongoose'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { lastResort } from '../support/orders.js'

let models = 0

/** A document as Mongoose reads it, without a server. */
function document(options: mongoose.SchemaOptions): Record<string, unknown> {
  const schema = new mongoose.Schema(
    { _id: String, title: String, tags: [String], updatedAt: Date },
    options as object,
  )
  const stored = { _id: '1', title: 'a', tags: [], __v: 3, rev: 3, updatedAt: new Date(0) }
  return mongoose.model(`Document${++models}`, schema).hydrate(stored) as never
}

async function api(row: unknown, version: CurrentOptions<Record<string, unknown>>['version']) {
  const articles = ifMatch<Record<string, unknown>>({
    key: 'articles/:id',
    current: () => row as Record<string, unknown>,
    ...(version === undefined ? {} : { version }),
  })
  const app = express().use(express.json())
  app.get('/articles/:id', (_req, res) => articles.send(res, row as Record<string, unknown>))
  app.get('/read/articles/:id', articles.read(), (_req, res) => res.json({}))
  app.put(
    '/articles/:id',
    articles.wrap((_req, res, write) => res.json(write.where())),
  )
  return serve(app.use(problems()).use(lastResort))
}

const put = { headers: { 'If-Match': '"3"' }, body: {} }

describe('current: a Mongoose document whose version key is the version', () => {
  it.each<[string, mongoose.SchemaOptions, string]>([
    ['no optimisticConcurrency', {}, '__v'],
    ['optimisticConcurrency: false', { optimisticConcurrency: false }, '__v'],
    ['optimisticConcurrency for no path', { optimisticConcurrency: [] }, '__v'],
    ['a version key of its own, and no optimisticConcurrency', { versionKey: 'rev' }, 'rev'],
  ])('is a mistake at first sight: %s', async (_name, options, version) => {
    const send = await api(document(options), version)
    for (const answer of [
      await send('GET', '/articles/1'),
      await send('GET', '/read/articles/1'),
      await send('PUT', '/articles/1', put),
    ]) {
      expect(answer).toMatchObject({ status: 500, json: { code: 'ERR_VERSION_UNMOVED' } })
      expect(answer.json.message).toContain('new Schema({ … }, { optimisticConcurrency: true })')
      expect(answer.json.message).toContain(`"${version}"`)
    }
  })

  it.each<[string, mongoose.SchemaOptions, string]>([
    ['optimisticConcurrency', { optimisticConcurrency: true }, '__v'],
    ['optimisticConcurrency for some paths', { optimisticConcurrency: ['title'] }, '__v'],
    ['optimisticConcurrency but for some paths', { optimisticConcurrency: { exclude: ['tags'] } }, '__v'],
    ['the same under a key of its own', { versionKey: 'rev', optimisticConcurrency: true }, 'rev'],
  ])('is what it should be: %s', async (_name, options, version) => {
    const send = await api(document(options), version)
    expect((await send('GET', '/articles/1')).headers.etag).toMatch(/^"3\./)
    expect(await send('PUT', '/articles/1', put)).toMatchObject({ status: 200, json: { [version]: 3 } })
  })

  it('is not looked at where another member is the version, or a function says that it is', async () => {
    const dated = await api(document({}), 'updatedAt')
    const tag = { headers: { 'If-Match': '"1970-01-01T00:00:00%2E000Z"' }, body: {} }
    expect((await dated('PUT', '/articles/1', tag)).status).toBe(200)
    const counted = await api(document({}), ({ __v }) => Number(__v))
    expect((await counted('GET', '/articles/1')).headers.etag).toMatch(/^"3\./)
    const hashed = await api(document({}), undefined)
    expect((await hashed('GET', '/articles/1')).status).toBe(200)
  })

  it('carries no schema as a lean object, of which nothing can be said', async () => {
    const lean = { _id: '1', title: 'a', __v: 3 }
    expect((await (await api(lean, '__v'))('PUT', '/articles/1', put)).status).toBe(200)
  })

  it.each([
    { __v: 3, schema: { options: { versionKey: '__v' } } },
    { __v: 3, $__: true, schema: { options: { versionKey: '__v' } } },
    { __v: 3, $__: {}, schema: null },
    { __v: 3, $__: {}, schema: 'public' },
  ])('is not taken for any row with such columns: %j', async (row) => {
    expect((await (await api(row, '__v'))('PUT', '/articles/1', put)).status).toBe(200)
  })
})
