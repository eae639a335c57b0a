import express, { type ErrorRequestHandler } from 'express'
import { ifMatch, memoryTable, problems } from 'express-if-match'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { isKept, waits } from '../support/kept.js'

interface Row {
  readonly id: string
  readonly n: number
  readonly version: number
}

async function tableScene(onError?: ErrorRequestHandler) {
  const table = memoryTable<Row>({ columns: ['n'], rows: [{ id: '1', n: 0, version: 1 }] })
  const rows = ifMatch({ key: 'notes/:id', table, clock: fakeClock(), represent: (row) => row })
  const seen: unknown[] = []
  const app = express().use(express.json())
  app.get('/notes/:id', (req, res) => rows.send(res, table.find({ id: req.params.id })))
  app.put(
    '/notes/:id',
    rows.wrap(async (req, res, write) => {
      try {
        rows.send(res, await write.update({ n: (req.body as Row).n }))
      } catch (error) {
        seen.push(error)
        throw error
      }
    }),
  )
  const send = await serve(app.use(onError ?? problems()))
  const put = (version: number, n: number, headers = {}) =>
    send('PUT', '/notes/1', { headers: { 'If-Match': `"${version}"`, ...headers }, body: { n } })
  return { send, put, seen }
}

describe('a conflict of a table whose client prefers to wait', () => {
  it('shows the row of when it comes, and its handler learns of it at once', async () => {
    const { send, put, seen } = await tableScene()
    await put(1, 10)
    expect((await put(1, 0, waits)).problem).toMatchObject({
      retryAfterMs: 0,
      current: { etag: '"2"', representation: { n: 10 } },
    })
    const second = put(1, 0, waits)
    expect(await isKept(second, send)).toBe(true)
    expect(seen).toHaveLength(2)
    await put(2, 20)
    expect((await second).problem).toMatchObject({
      status: 409,
      reason: 'stale',
      retryAfterMs: 0,
      applied: 'no',
      current: { etag: '"3"', representation: { n: 20, version: 3 } },
    })
  })

  it('waits where the application’s own error handler answers too', async () => {
    const told: unknown[] = []
    const { send, put } = await tableScene(
      (error: { problem?: { retryAfterMs?: number } }, _req, res, _next) => {
        told.push(error.problem?.retryAfterMs)
        res.status(409).json({})
      },
    )
    await put(1, 10)
    await put(1, 0, waits)
    const second = put(1, 0, waits)
    expect(await isKept(second, send)).toBe(true)
    await put(2, 20)
    await second
    expect(told).toEqual([0, 0])
  })
})

describe('a conflict of a row that the application looks up, whose client prefers to wait', () => {
  it('holds nothing meanwhile, and shows the row of when it comes', async () => {
    let row: Row = { id: '1', n: 0, version: 1 }
    const rows = ifMatch({
      key: 'notes/:id',
      current: () => row,
      version: 'version',
      represent: (one: Row) => one,
      clock: fakeClock(),
    })
    const app = express().use(express.json())
    app.get('/notes/:id', (_req, res) => rows.send(res, row))
    app.put(
      '/notes/:id',
      rows.wrap((req, res) => {
        row = { ...row, n: (req.body as Row).n, version: row.version + 1 }
        rows.send(res, row)
      }),
    )
    const send = await serve(app.use(problems()))
    const put = (version: number, n: number, headers = {}) =>
      send('PUT', '/notes/1', { headers: { 'If-Match': `"${version}"`, ...headers }, body: { n } })
    await put(1, 10)
    await put(1, 0, waits)
    const second = put(1, 0, waits)
    expect(await isKept(second, send)).toBe(true)
    expect((await put(2, 20)).status).toBe(200)
    expect((await second).problem).toMatchObject({
      reason: 'stale',
      retryAfterMs: 0,
      current: { etag: '"3"', representation: { n: 20 } },
    })
  })
})
