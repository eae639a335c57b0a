import express, { type Request, type Response } from 'express'
import { ifMatch, problems, type LedgerWrite } from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import Database from 'libsql'
import { expect, it } from 'vitest'
import { serve, type Send } from '../support/api.js'

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

it('what a POST has created inside its transaction is there, and is not created over', async () => {
  const send = await things(inside(201), inside(200))
  expect(await send('POST', '/things/1')).toMatchObject({ status: 201 })
  expect((await create(send)).status).toBe(412)
})

it('what a POST may have created, which was answered only after the commit, is not created over', async () => {
  const send = await things(outside(201), inside(200))
  expect(await send('POST', '/things/1')).toMatchObject({ status: 201 })
  expect((await create(send)).problem.code).toBe('existence-unknown')
})

it('what is only going to be deleted may still be there', async () => {
  const send = await things(inside(201), inside(202))
  expect((await create(send)).problem.code).toBe('existence-unknown')
})
