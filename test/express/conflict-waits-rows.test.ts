import express, { type ErrorRequestHandler } from 'express'
import { ifMatch, memoryTable, problems } from 'express-if-match'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { serve, type Send } from '../support/api.js'
import { isKept, waits } from '../support/kept.js'

interface Row {
  readonly id: string
  readonly n: number
  readonly version: number
}

async function tableScene(onError?: ErrorRequestHandler, authorize = () => true) {
  let onWrite = () => {}
  const table = memoryTable<Row>({ columns: ['n'], rows: [{ id: '1', n: 0, version: 1 }] })
  const rows = ifMatch({ key: 'notes/:id', table, clock: fakeClock(), represent: (row) => row, authorize })
  const seen: unknown[] = []
  const app = express().use(express.json())
  app.get('/notes/:id', (req, res) => rows.send(res, table.find({ id: req.params.id })))
  app.put(
    '/notes/:id',
    rows.wrap(async (req, res, write) => {
      try {
        const row = await write.update({ n: (req.body as Row).n })
        onWrite()
        rows.send(res, row)
      } catch (error) {
        seen.push(error)
        throw error
      }
    }),
  )
  const send = await serve(app.use(onError ?? problems()))
  const put = (version: number, n: number, headers = {}, written = () => {}) => {
    onWrite = written
    return send('PUT', '/notes/1', { headers: { 'If-Match': `"${version}"`, ...headers }, body: { n } })
  }
  return { send, put, seen }
}

type Put = Awaited<ReturnType<typeof tableScene>>['put']

/** The conflict of one that lost and was let go, and the answer to one that is kept back behind it. */
async function keptBehind(send: Send, put: Put) {
  await put(1, 10)
  const first = await put(1, 0, waits)
  const second = put(1, 0, waits)
  expect(await isKept(second, send)).toBe(true)
  return { first, second }
}

describe('a conflict of a table whose client prefers to wait', () => {
  it('shows the row of when it comes, and its handler learns of it at once', async () => {
    const { send, put, seen } = await tableScene()
    const { first, second } = await keptBehind(send, put)
    expect(first.problem).toMatchObject({
      retryAfterMs: 0,
      current: { etag: '"2"', representation: { n: 10 } },
    })
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
    const { second } = await keptBehind(send, put)
    await put(2, 20)
    await second
    expect(told).toEqual([0, 0])
  })
})

describe('a conflict of a table that its client waits for', () => {
  it('is the error that its handler threw, with what that has put on it', async () => {
    const told: unknown[] = []
    const { send, put, seen } = await tableScene((error: object, _req, res, _next) => {
      told.push(error)
      res.status(409).json({})
    })
    const { second } = await keptBehind(send, put)
    await put(2, 20)
    await second
    expect(told).toEqual(seen)
    expect(told[1]).toBe(seen[1])
    expect(told[1]).toMatchObject({ problem: { current: { representation: { n: 20 } } } })
  })

  it('tells a turn to a handler that answers it itself', async () => {
    const { put, seen } = await tableScene()
    await put(1, 10)
    await put(1, 0, waits)
    expect(seen[0]).toMatchObject({ problem: { retryAfterMs: 0 } })
  })

  it('shows nothing to one who may not write any more when it comes', async () => {
    let allowed = true
    const { send, put } = await tableScene(undefined, () => allowed)
    const { second } = await keptBehind(send, put)
    await put(2, 20, {}, () => {
      allowed = false
    })
    const { status, problem } = await second
    expect([status, problem.code, problem.current]).toEqual([403, 'forbidden', undefined])
  })
})

describe('a conflict of a row that the application looks up', () => {
  it('comes at once, whatever its client prefers: the row is shown as it was under the claim', async () => {
    const row: Row = { id: '1', n: 0, version: 2 }
    const rows = ifMatch({ key: 'notes/:id', current: () => row, version: 'version', clock: fakeClock() })
    const app = express()
      .use(express.json())
      .put('/notes/:id', rows.guard(), (_req, res) => void res.json({}))
    const send = await serve(app.use(problems()))
    const lose = () => send('PUT', '/notes/1', { headers: { 'If-Match': '"1"', ...waits }, body: {} })
    const told = [await lose(), await lose()]
    expect(told.map(({ problem }) => problem.retryAfterMs)).toEqual([0, 5])
  })
})
