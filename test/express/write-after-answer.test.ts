import express, { type Request, type Response } from 'express'
import { ifMatch, memoryLedger, preconditionOf, problems, type GuardOptions } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { serve, settlements } from '../support/api.js'
import { later, type Handler } from '../support/ended-transactions.js'
import { laterLedger } from '../support/ledgers.js'
import { lastResort, TABLES, type Orders, type OrderWrite } from '../support/orders.js'

/*
 * A handler begins its answer, and its write in the same turn after that: the answer waits for it, as it does for one
 * that was begun before.
 */

type RowHandler = (write: OrderWrite, res: Response) => unknown

/** without a promise, as handlers of callbacks are */
const calledBack =
  (handler: RowHandler): RowHandler =>
  (write, res) => {
    setImmediate(handler, write, res)
  }

/** it has answered in a turn of its own, before whatever comes after its first await */
const turn = () => new Promise((resolve) => setImmediate(resolve))

async function ordersOf(table: Orders, handler: RowHandler) {
  const orders = ifMatch({ key: 'orders/:id', table })
  const app = express().use(express.json())
  app.put(
    '/orders/:id',
    orders.wrap((_req: Request, res: Response, write: OrderWrite) => handler(write, res)),
  )
  const send = await serve(app.use(problems()).use(lastResort))
  return (version = 1) => send('PUT', '/orders/7', { headers: { 'If-Match': `"${version}"` }, body: {} })
}

describe.each(Object.entries(TABLES))('a row written after the answer has begun, %s', (_name, make) => {
  it('is in the answer where a callback has given it', async () => {
    const write = await ordersOf(
      make(),
      calledBack((row, res) => {
        res.json({ saved: true })
        void row.update({ note: 'late' })
      }),
    )
    expect(await write()).toMatchObject({ status: 200, headers: { etag: '"2"' } })
    expect(await write()).toMatchObject({ status: 409, problem: { code: 'version-conflict' } })
  })

  it('is in the answer where its handler streams', async () => {
    const write = await ordersOf(make(), async (row, res) => {
      await turn()
      res.write('[')
      await row.update({ note: 'streamed' })
      res.end(']')
    })
    expect(await write()).toMatchObject({ status: 200, headers: { etag: '"2"' }, text: '[]' })
  })

  it('is in the answer where the head was flushed', async () => {
    const write = await ordersOf(make(), async (row, res) => {
      await turn()
      res.flushHeaders()
      await row.update({ note: 'flushed' })
      res.end()
    })
    expect(await write()).toMatchObject({ status: 200, headers: { etag: '"2"' } })
  })

  it('gives the version where it is the second one', async () => {
    const table = make()
    const write = await ordersOf(table, async (row, res) => {
      await row.update({ note: 'first' })
      res.write('[')
      await row.update({ note: 'second' })
      res.end(']')
    })
    expect(await write()).toMatchObject({ status: 200, headers: { etag: '"3"' } })
    expect(await table.find({ id: 7 })).toMatchObject({ note: 'second', version: 3 })
  })

  it('is told where it fails, and a first one was made', async () => {
    const write = await ordersOf(make(), async (row, res) => {
      await row.update({ note: 'first' })
      res.write('[')
      void row.insert({ note: 'there is one' })
      res.end(']')
    })
    expect(await write()).toMatchObject({ status: 500, problem: { code: 'outcome-unknown' } })
  })

  it('is left out where its handler says so after its answer', async () => {
    const write = await ordersOf(
      make(),
      calledBack((row, res) => {
        res.json({ saved: false })
        row.unchanged()
      }),
    )
    expect((await write()).status).toBe(200)
  })

  it('is noticed where its handler says so after its answer', async () => {
    const events = settlements()
    const write = await ordersOf(
      make(),
      calledBack((row, res) => {
        res.status(422).json({})
        row.wrote()
      }),
    )
    expect((await write()).status).toBe(422)
    expect(events).toMatchObject([{ status: 422, outcome: 'written' }])
  })
})

const WAYS: readonly [string, GuardOptions, 'PUT' | 'PATCH'][] = [
  ['wrap, under a claim', {}, 'PUT'],
  ['wrap, without a claim', { transaction: true }, 'PUT'],
  ['guard, under a claim', {}, 'PATCH'],
  ['guard, without a claim', { transaction: true }, 'PATCH'],
]

describe.each(WAYS)('a transaction begun after the answer has, %s', (_name, mode, method) => {
  it('is in the answer', async () => {
    const handler: Handler = (_req, res, write) => {
      setImmediate(() => {
        res.json({ saved: true })
        void write.transaction((client) => client.note('late'))
      })
    }
    const { write, notes, record } = await later(handler, { mode })
    const answer = await write(method)
    const { count, claim } = await record()
    expect([answer.status, await notes(), claim]).toEqual([200, ['late'], null])
    expect(answer.headers.etag).toContain(String(count))
  })

  it('is in the answer where it is the second one', async () => {
    const handler: Handler = async (_req, res, write) => {
      await write.transaction((client) => client.note('first'))
      res.write('[')
      await write.transaction((client) => client.note('second'))
      res.end(']')
    }
    const { write, notes, record } = await later(handler, { mode })
    const answer = await write(method)
    const { count, claim } = await record()
    expect([answer.status, answer.text, await notes(), claim]).toEqual([200, '[]', ['first', 'second'], null])
    expect(answer.headers.etag).toContain(String(count))
  })

  it('is told where it fails', async () => {
    const handler: Handler = (_req, res, write) => {
      setImmediate(() => {
        res.json({ saved: true })
        void write.transaction((client) => client.note('never'))
      })
    }
    const { write, notes, record } = await later(handler, { mode, ends: ['commit'] })
    expect(await write(method)).toMatchObject({ status: 409, problem: { code: 'transaction-conflict' } })
    expect([await notes(), (await record()).claim]).toEqual([[], null])
  })
})

const LEDGERS = { memory: memoryLedger, 'one that answers later': laterLedger }
const STAYS = { 422: 'a 4xx', 200: 'unchanged()' } as const

describe.each(Object.entries(LEDGERS))('wrote() after the answer has left, ledger %s', (_name, make) => {
  it.each([
    ['in the same turn', 422],
    ['later', 422],
    ['in the same turn', 200],
    ['later', 200],
  ] as const)('moves the version, %s, after %i', async (when, status) => {
    const ledger = make()
    const docs = ifMatch({ ledger, key: 'docs/:id', required: false, moves: () => ['lists/9'] })
    const app = express().use(express.json())
    app.put('/docs/:id', docs.guard(), (req, res) => {
      const write = preconditionOf(req)
      if (status === 200) write.unchanged()
      res.status(status).json({})
      if (when === 'in the same turn') write.wrote()
      else
        res.once('close', () => {
          write.wrote()
        })
    })
    const send = await serve(app.use(problems()).use(lastResort))
    expect((await send('PUT', '/docs/1', { body: {} })).status, STAYS[status]).toBe(status)
    const records = () => ledger.getMany(['docs/1', 'lists/9'])
    await expect
      .poll(async () => (await records()).map(({ count, claim }) => [count, claim]))
      .toEqual([
        [1, null],
        [1, null],
      ])
  })
})
