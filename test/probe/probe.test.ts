import { createHash } from 'node:crypto'
import express, { type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { probe } from '../../src/probe/index.js'
import { createApp } from '../../examples/existing-api/app.js'
import { initialData } from '../../examples/existing-api/data.js'
import { startArticles, temporaryDatabase } from '../examples/articles-server.js'
import {
  ARTICLE,
  articles,
  checkThenAct,
  guarded,
  published,
  serve,
  versionedRows,
  type Article,
} from './apis.js'

const hash = (value: unknown): string =>
  `"${createHash('sha1').update(JSON.stringify(value)).digest('base64url')}"`

describe('an API that loses updates', () => {
  it('because nobody looks at what a write names: json-server, as it was published', async () => {
    const url = await serve(createApp({ data: initialData() }))
    const result = await probe(url, { rounds: 2, writers: 5 })
    expect(result).toMatchObject({ verdict: 'loses-updates', validator: { kind: 'etag' }, restored: 'yes' })
    expect(result.losses).toEqual([
      {
        kind: 'ignored',
        detail: expect.stringContaining('superseded'),
        curl: expect.stringContaining("-X PUT '"),
      },
    ])
    expect(result.race?.succeeded).toEqual([5, 5])
    expect(await (await fetch(url)).json()).toEqual((initialData() as { articles: unknown[] }).articles[0])
  })

  it('because it compares, and then acts', async () => {
    const api = articles(checkThenAct(() => hash(api.current())))
    api.app.set('etag', (body: Buffer) => hash(JSON.parse(body.toString())))
    const result = await probe(await serve(api.app), { rounds: 5 })
    expect(result).toMatchObject({ verdict: 'loses-updates', restored: 'yes' })
    expect(result.losses.map(({ kind }) => kind)).toEqual(['raced'])
    expect(Math.max(...(result.race?.succeeded ?? []))).toBeGreaterThan(1)
    expect(api.current()).toEqual(ARTICLE)
  })

  it('behind a published middleware that says it prevents them: express-preconditions', async () => {
    const api = articles(published)
    const result = await probe(await serve(api.app), { rounds: 5 })
    expect(result.losses.map(({ kind }) => kind)).toEqual(['raced'])
    expect(result).toMatchObject({ verdict: 'loses-updates', restored: 'yes' })
    expect(api.current()).toEqual(ARTICLE)
  })

  it('because it compares before the body is there, which a burst of writes does not show', async () => {
    const api = articles()
    const early: RequestHandler = (req, res, next) => {
      const matches = req.get('If-Match') === undefined || req.get('If-Match') === hash(api.current())
      if (req.method === 'PUT' && !matches) res.status(412).json({})
      else next()
    }
    const app = express().set('etag', (body: Buffer) => hash(JSON.parse(body.toString())))
    app.use(early, express.json())
    app.get('/articles/1', (_req, res) => res.json(api.current()))
    app.put('/articles/1', (req, res) => {
      api.written.push(req.body as Article)
      res.json(req.body)
    })
    const result = await probe(await serve(app), { rounds: 2, writers: 5 })
    expect(result.losses.map(({ kind }) => kind)).toEqual(['raced'])
    expect(result.race?.succeeded[1]).toBeGreaterThan(1)
  })

  it('because its version stands still', async () => {
    const api = articles()
    api.app.set('etag', () => '"always"')
    const result = await probe(await serve(api.app), { rounds: 1 })
    expect(result.losses.map(({ kind }) => kind)).toEqual(['unmoved'])
  })

  it('although it shows a version in its body', async () => {
    const result = await probe(await serve(versionedRows(false)), { rounds: 2 })
    expect(result).toMatchObject({
      verdict: 'loses-updates',
      validator: { kind: 'body', member: 'version' },
      restored: 'yes',
    })
  })
})

describe('an API that loses none', () => {
  it('is cleared, with every rule kept: a tree behind ifMatch()', async () => {
    const api = articles()
    const safe = articles(guarded())
    const result = await probe(await serve(safe.app), { rounds: 5 })
    expect(result.rules.filter(({ outcome }) => outcome === 'broken')).toEqual([])
    expect(result.rules.length).toBeGreaterThan(10)
    expect(result).toMatchObject({ verdict: 'safe', losses: [], restored: 'yes' })
    expect(result.race?.succeeded).toEqual([1, 1, 1, 1, 1])
    expect(safe.current()).toEqual(api.current())
    // a server may take two writes of one text for one
    const titles = safe.written.map(({ title }) => title)
    expect(new Set(titles).size).toBe(titles.length)
  })

  it('is cleared: examples/articles', async () => {
    const { database, remove } = temporaryDatabase()
    const server = await startArticles({ DATABASE: database })
    try {
      const url = `${server.url}/articles/1`
      const before: unknown = await (await fetch(url)).json()
      const result = await probe(url, { rounds: 3 })
      expect(result).toMatchObject({ verdict: 'safe', losses: [], restored: 'yes' })
      expect(await (await fetch(url)).json()).toMatchObject({
        ...(before as object),
        version: expect.anything() as never,
      })
    } finally {
      await server.stop()
      remove()
    }
  })

  it('is cleared by its body’s version, where its ETag is weak', async () => {
    const app = versionedRows(true).set('etag', 'weak')
    const result = await probe(await serve(app), { rounds: 1 })
    expect(result).toMatchObject({ verdict: 'safe', validator: { kind: 'body', member: 'version' } })
  })

  it('is cleared by its body’s version, where it has no ETag', async () => {
    const result = await probe(await serve(versionedRows(true)), { rounds: 3 })
    expect(result).toMatchObject({
      verdict: 'safe',
      validator: { kind: 'body', member: 'version' },
      restored: 'yes',
    })
    expect(result.notes.join(' ')).toContain('the version is in the body')
  })
})
