import express, { type Request, type Response } from 'express'
import { ifMatch, problems, type GuardOptions, type LedgerWrite } from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import { serve, type Send } from '../support/api.js'
import { lastResort } from '../support/orders.js'

type Handler = (req: Request, res: Response, write: LedgerWrite) => Promise<unknown>

const inside =
  (status: number): Handler =>
  (_req, res, write) =>
    write.transaction(() => void res.status(status).json({}))
const outside =
  (status: number): Handler =>
  async (_req, res, write) => {
    await write.transaction(() => undefined)
    res.status(status).json({})
  }

/** Things that are written in transactions, whose POSTs and DELETEs are answered so. The one thing was, and is deleted. */
async function things(post: Handler, remove: Handler): Promise<Send> {
  const guarded = ifMatch({
    ledger: sqliteLedger(new Database(':memory:')),
    key: 'things/:id',
    required: false,
  })
  const transaction = { transaction: true }
  const app = express().use(express.json())
  app.put('/things/:id', guarded.wrap(inside(200), transaction))
  app.post('/things/:id', guarded.wrap(post, transaction))
  app.delete('/things/:id', guarded.wrap(remove, transaction))
  const send = await serve(app.use(problems()))
  await send('PUT', '/things/1', { body: {} })
  await send('DELETE', '/things/1')
  return send
}

const create = (send: Send) => send('PUT', '/things/1', { headers: { 'If-None-Match': '*' }, body: {} })

describe.each([
  ['inside the transaction', inside],
  ['after the commit', outside],
])('answered %s', (_when, answer) => {
  it('what a POST has created is there, and is not created over', async () => {
    const send = await things(answer(201), inside(200))
    expect(await send('POST', '/things/1')).toMatchObject({ status: 201 })
    expect((await create(send)).status).toBe(412)
  })

  it('what a POST has done to something deleted may have brought it back, and is not created over', async () => {
    const send = await things(answer(200), inside(200))
    const post = await send('POST', '/things/1')
    expect(post.status).toBe(200)
    expect((await create(send)).problem.code).toBe('existence-unknown')
    const headers = { 'If-Match': post.headers.etag }
    expect((await send('PUT', '/things/1', { headers, body: {} })).status).toBe(200)
  })

  it.each([200, 204])('what was deleted, with %i, may be created again', async (status) => {
    const send = await things(inside(201), answer(status))
    expect((await create(send)).status).toBe(200)
  })

  it('what is only going to be deleted may still be there, and is not created over', async () => {
    const send = await things(inside(201), answer(202))
    expect((await create(send)).problem.code).toBe('existence-unknown')
  })
})

/** One thing that is there, in a ledger of its own; its writes commit, and are answered so. */
async function committed(status: number, mode: GuardOptions, handler: Handler = outside(status)) {
  const ledger = sqliteLedger(new Database(':memory:'))
  const guarded = ifMatch({ ledger, key: 'things/:id', required: false })
  const app = express()
  app.put('/things/1', guarded.wrap(handler, mode))
  app.delete('/things/1', guarded.wrap(handler, mode))
  const send = await serve(app.use(problems()).use(lastResort))
  return { ledger, send, existence: () => ledger.get('things/1').existence }
}

describe.each([{ transaction: false }, { transaction: true }])('what the answer says of it: %o', (mode) => {
  it.each<[method: string, status: number, existence: string]>([
    ['PUT', 200, 'present'],
    ['PUT', 202, 'unknown'],
    ['PUT', 404, 'unknown'],
    ['PUT', 500, 'unknown'],
    ['DELETE', 204, 'deleted'],
    ['DELETE', 202, 'unknown'],
    ['DELETE', 404, 'unknown'],
    ['DELETE', 500, 'unknown'],
  ])('%s, %i: %s', async (method, status, existence) => {
    const api = await committed(status, mode)
    expect((await api.send(method, '/things/1')).status).toBe(status)
    expect(api.existence()).toBe(existence)
    expect(api.ledger.get('things/1')).toMatchObject({ count: 1, claim: null })
  })

  it('nothing where the PUT of something that is there was refused after all', async () => {
    let status = 200
    const api = await committed(200, mode, (...given) => outside(status)(...given))
    await api.send('PUT', '/things/1')
    status = 404
    await api.send('PUT', '/things/1')
    expect(api.existence()).toBe('present')
  })

  it('nothing where another write came in between', async () => {
    const api = await committed(204, mode, async (_req, res, write) => {
      await write.transaction(() => undefined)
      const other = api.ledger.get('things/1')
      const to = {
        count: other.count + 1,
        token: null,
        beat: 0,
        lease: 0,
        doubtful: false,
        raiseFence: false,
      }
      const from = { count: other.count, token: null, beat: 0 }
      api.ledger.compareAndSwap('things/1', { from, to: { ...to, existence: 'present' } })
      res.sendStatus(204)
    })
    await api.send('DELETE', '/things/1')
    expect(api.existence()).toBe('present')
  })

  it('is answered where the store cannot be told, and then is not taken for deleted', async () => {
    const api = await committed(204, mode, async (_req, res, write) => {
      await write.transaction(() => undefined)
      const down = () => {
        throw new Error('down')
      }
      Object.assign(api.ledger, { compareAndSwap: down })
      res.sendStatus(204)
    })
    expect((await api.send('DELETE', '/things/1')).status).toBe(204)
    expect(api.existence()).toBe('unknown')
  })
})
