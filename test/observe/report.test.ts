import { ifMatch, memoryTable, type LedgerOptions } from 'express-if-match'
import { report, type ReportOptions } from 'express-if-match/observe'
import { fakeClock } from 'express-if-match/testing'
import type { Request } from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { gate, serve, type Send } from '../support/api.js'
import { majors, type Express } from '../support/http.js'
import { lastResort } from '../support/orders.js'

const who = (req: Request) => {
  const user = req.get('X-User')
  return user === undefined ? undefined : { kind: user.split('/')[0]!, id: user }
}

function observed(options: ReportOptions = {}) {
  const conflicts = report({ who, ...options })
  onTestFinished(() => conflicts.close())
  return conflicts
}

function shop(express: Express, options: LedgerOptions = {}) {
  const guards = ifMatch({ key: 'articles/:id', mode: 'observe', ...options })
  const shops = express.Router({ mergeParams: true })
  shops.get('/articles/:id', guards.read(), (_req, res) => void res.json({}))
  shops.put('/articles/:id', guards.guard(), (_req, res) => void res.json({}))
  shops.delete('/articles/:id', guards.guard(), (_req, res) => void res.status(204).end())
  return serve(express().use('/shops/:shop', shops).use(lastResort))
}

const PATH = '/shops/17/articles/1'
const tagOf = async (send: Send, path = PATH) => (await send('GET', path)).headers.etag ?? ''
const put = (send: Send, user: string, tag?: string, path = PATH) =>
  send('PUT', path, {
    headers: { 'X-User': user, ...(tag === undefined ? {} : { 'If-Match': tag }) },
    body: {},
  })

describe.each(majors)('a report on %s', (_name, express) => {
  it('tells a client in conflict with itself from one in conflict with another', async () => {
    const conflicts = observed()
    const send = await shop(express)
    const old = await tagOf(send)
    const { etag } = (await put(send, 'web/ada', old)).headers
    expect((await put(send, 'web/ada', old)).status).toBe(200)
    expect((await put(send, 'app/ben', etag)).status).toBe(200)
    expect(conflicts.data()).toMatchObject({
      summary:
        '66.7 % of writes (2 of 3) would have been refused: one route, mostly with a version that is not current.',
      writes: 3,
      refused: 2,
      enforced: 0,
      rivals: { self: 1, other: 1, unknown: 0 },
      routes: [{ name: 'PUT /shops/:id/articles/:id', writes: 3, refused: 2, share: 2 / 3 }],
      clients: [
        { name: 'web', writes: 2, refused: 1, rivals: { self: 1 } },
        { name: 'app', writes: 1, refused: 1, rivals: { other: 1 } },
      ],
      reasons: [{ code: 'version-conflict', reason: 'stale', refused: 2, rivals: { self: 1, other: 1 } }],
    })
  })

  it('by reason, with examples', async () => {
    const clock = fakeClock()
    const conflicts = observed({ clock, maxExamples: 1 })
    const send = await shop(express)
    await put(send, 'web/ada')
    await clock.advance(60_000)
    await put(send, 'web/ada', undefined, '/shops/17/articles/2')
    await put(send, 'web/ada', 'rubbish')
    expect(conflicts.data().findings).toEqual([
      {
        route: 'PUT /shops/:id/articles/:id',
        code: 'precondition-required',
        reason: undefined,
        client: 'web',
        refused: 2,
        enforced: 0,
        rivals: { self: 0, other: 0, unknown: 0 },
        firstSeen: '2020-01-01T00:00:00.000Z',
        lastSeen: '2020-01-01T00:01:00.000Z',
        examples: [{ at: '2020-01-01T00:01:00.000Z', key: 'articles/2', expected: [], rival: undefined }],
      },
      expect.objectContaining({ code: 'malformed-precondition', refused: 1 }),
    ])
    expect(conflicts.data().summary).toContain('mostly without a precondition')
  })
})

describe('what a report counts', () => {
  const express = majors[0]![1]

  it('what is really refused, beside what would have been', async () => {
    const conflicts = observed()
    const send = await shop(express, {
      mode: (req) => (req.headers['x-user'] === 'web/ada' ? 'enforce' : 'observe'),
    })
    expect((await put(send, 'web/ada')).status).toBe(428)
    expect((await put(send, 'web/ben')).status).toBe(200)
    expect(conflicts.data()).toMatchObject({ writes: 2, refused: 2, enforced: 1 })
    expect(conflicts.data().summary).toBe(
      '100 % of writes (2 of 2) were, or would have been, refused: one route, mostly without a precondition.',
    )
  })

  it('a write once, however many guards report it', async () => {
    const conflicts = observed()
    const tree = ifMatch({ mode: 'observe', required: true })
    const table = memoryTable<{ id: string; version: number; text: string }>({
      columns: ['text'],
      rows: [{ id: '1', text: '', version: 1 }],
    })
    const inner = ifMatch({ key: 'rows/:id', table, mode: 'observe' })
    const app = express().use(express.json()).use(tree)
    app.put(
      '/rows/:id',
      inner.wrap(async (_req, res, write) => void res.json(await write.update({ text: 'a' }))),
    )
    const send = await serve(app)
    expect((await send('PUT', '/rows/1', { body: {} })).status).toBe(200)
    const { writes, refused, routes } = conflicts.data()
    expect([writes, refused]).toEqual([1, 1])
    expect(routes.reduce((sum, part) => sum + part.writes, 0)).toBe(1)
  })

  it('no read, and nothing of a write whose handler refused it itself', async () => {
    const conflicts = observed()
    const send = await shop(express)
    await send('GET', PATH, { headers: { 'If-Match': '"1-1"' } })
    expect(conflicts.data()).toMatchObject({ writes: 0, refused: 0, share: 0 })
    expect(conflicts.data().summary).toBe('No guarded write has been seen yet.')
    await put(send, 'web/ada', await tagOf(send))
    expect(conflicts.data().summary).toBe('None of 1 write would have been refused.')
  })

  it('a tree without a template by its paths, whose identifiers are left out', async () => {
    const conflicts = observed()
    const app = express().use(ifMatch({ mode: 'observe', required: true }))
    const send = await serve(app.use((_req, res) => void res.json({})))
    for (const path of ['/api/v2/articles/42', '/api/v2/articles/a1b2-c3', '/a/b/c/d/e/f/g/h/i/j', '/'])
      await send('PUT', path)
    expect(conflicts.data().routes.map(({ name, writes }) => [name, writes])).toEqual([
      ['PUT /api/v2/articles/:id', 2],
      ['PUT /a/b/c/d/e/f/g/h/…', 1],
      ['PUT /', 1],
    ])
  })

  it('a double click: the second waits for the first, and is in conflict with it', async () => {
    const conflicts = observed()
    const guards = ifMatch({ key: 'articles/:id', mode: 'observe' })
    const inside = gate()
    const go = gate()
    const app = express().get('/articles/:id', guards.read(), (_req, res) => void res.json({}))
    app.put('/articles/:id', guards.guard(), async (_req, res) => {
      inside.open()
      await go.opened
      res.json({})
    })
    const send = await serve(app)
    const tag = await tagOf(send, '/articles/1')
    const first = put(send, 'web/ada', tag, '/articles/1')
    await inside.opened
    const second = put(send, 'web/ada', tag, '/articles/1')
    go.open()
    expect([(await first).status, (await second).status]).toEqual([200, 200])
    expect(conflicts.data().rivals).toEqual({ self: 1, other: 0, unknown: 0 })
  })

  it('what was deleted by another, and what nobody was seen to change', async () => {
    const conflicts = observed()
    const guards = ifMatch({ key: 'articles/:id', mode: 'observe' })
    const app = express().get('/articles/:id', guards.read(), (_req, res) => void res.json({}))
    app.put('/articles/:id', guards.guard(), (_req, res) => void res.json({}))
    app.delete('/articles/:id', guards.guard(), (_req, res) => void res.status(204).end())
    const send = await serve(app)
    const old = await tagOf(send, '/articles/1')
    await send('DELETE', '/articles/1', { headers: { 'X-User': 'web/ben', 'If-Match': old } })
    await put(send, 'web/ada', old, '/articles/1')
    const other = await tagOf(send, '/articles/2')
    await guards.touch('articles/2')
    await put(send, 'web/ada', other, '/articles/2')
    expect(conflicts.data().findings.map(({ reason, rivals }) => [reason, rivals])).toEqual([
      ['gone', { self: 0, other: 1, unknown: 0 }],
      ['stale', { self: 0, other: 0, unknown: 1 }],
    ])
  })

  it('nothing once it is closed', async () => {
    const conflicts = observed()
    const send = await shop(express)
    await put(send, 'web/ada')
    conflicts.close()
    await put(send, 'web/ada')
    expect(conflicts.data().writes).toBe(1)
  })
})
