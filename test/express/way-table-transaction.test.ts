import Database from 'libsql'
import express from 'express'
import { ifMatch, problems } from 'express-if-match'
import { sqliteTable } from 'express-if-match/sqlite'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { lastResort, orderApi, TABLES, type Order } from '../support/orders.js'

const ONE = { headers: { 'If-Match': '"1"' }, body: {} }

function shop() {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, note TEXT, version INTEGER NOT NULL)')
  db.exec("INSERT INTO orders VALUES (7, 'new', '', 1); CREATE TABLE log (text TEXT)")
  const orders = ifMatch({
    key: 'orders/:id',
    table: sqliteTable<Order, Database.Database>(db, { name: 'orders', columns: ['status', 'note'] }),
  })
  const logged = () => db.prepare('SELECT text FROM log').all()
  const row = () => db.prepare('SELECT note, version FROM orders').all()[0]
  const serveWrap = (wrapped: express.RequestHandler) =>
    serve(express().use(express.json()).put('/orders/:id', wrapped).use(problems()).use(lastResort))
  return { orders, logged, row, serveWrap }
}

describe('table, SQLite: transaction', () => {
  it('commits the row and a second table together, and answers the new tag', async () => {
    const { orders, logged, row, serveWrap } = shop()
    const send = await serveWrap(
      orders.wrap(async (_req, res, write) => {
        const order = await write.transaction((db, inside) => {
          const changed = inside.update({ note: 'a' })
          db.prepare('INSERT INTO log VALUES (?)').run(`${changed.id} is ${changed.note}`)
          return changed
        })
        res.json(order)
      }),
    )
    const answer = await send('PUT', '/orders/7', ONE)
    expect(answer).toMatchObject({ status: 200, json: { note: 'a', version: 2 } })
    expect(answer.headers.etag).toBe('"2"')
    expect(logged()).toEqual([{ text: '7 is a' }])
    expect(row()).toEqual({ note: 'a', version: 2 })
  })

  it('leaves nothing behind for a loser, nor for a work that throws', async () => {
    const { orders, logged, row, serveWrap } = shop()
    const send = await serveWrap(
      orders.wrap(async (req, res, write) => {
        await write.transaction((db, inside) => {
          db.prepare('INSERT INTO log VALUES (?)').run('begun')
          inside.update({ note: 'a' })
          if (req.headers['x-throw'] !== undefined) throw new Error('no')
        })
        res.json({})
      }),
    )
    const stale = await send('PUT', '/orders/7', { ...ONE, headers: { 'If-Match': '"9"' } })
    expect(stale).toMatchObject({ status: 409, problem: { applied: 'no' } })
    const thrown = await send('PUT', '/orders/7', { ...ONE, headers: { 'If-Match': '"1"', 'X-Throw': '1' } })
    expect(thrown.status).toBe(500)
    expect(logged()).toEqual([])
    expect(row()).toEqual({ note: '', version: 1 })
  })

  it('takes back a success that was answered inside it where the work throws', async () => {
    const { orders, row, serveWrap } = shop()
    const send = await serveWrap(
      orders.wrap(async (_req, res, write) => {
        await write.transaction((_db, inside) => {
          res.location('/new').json(inside.update({ note: 'a' }))
          throw Object.assign(new Error('no'), { code: 'NO' })
        })
      }),
    )
    const answer = await send('PUT', '/orders/7', ONE)
    expect(answer).toMatchObject({ status: 500, json: { code: 'NO' } })
    expect([answer.headers.location, answer.headers.etag]).toEqual([undefined, undefined])
    expect(row()).toEqual({ note: '', version: 1 })
  })

  it('rolls back where the handler refuses inside it', async () => {
    const { orders, logged, row, serveWrap } = shop()
    const send = await serveWrap(
      orders.wrap((_req, res, write) =>
        write.transaction((db, inside) => {
          db.prepare('INSERT INTO log VALUES (?)').run('begun')
          inside.update({ note: 'a' })
          res.status(422).json({ no: true })
        }),
      ),
    )
    expect(await send('PUT', '/orders/7', ONE)).toMatchObject({ status: 422, json: { no: true } })
    expect(logged()).toEqual([])
    expect(row()).toEqual({ note: '', version: 1 })
  })

  it('forgets what a transaction wrote that was rolled back', async () => {
    const { orders, row, serveWrap } = shop()
    const send = await serveWrap(
      orders.wrap(async (_req, res, write) => {
        await write
          .transaction((_db, inside) => {
            inside.update({ note: 'a' })
            throw new Error('no')
          })
          .catch(() => undefined)
        res.json(await write.update({ note: 'b' }))
      }),
    )
    expect(await send('PUT', '/orders/7', ONE)).toMatchObject({ status: 200, json: { version: 2 } })
    expect(row()).toEqual({ note: 'b', version: 2 })
  })

  it('refuses a write that is begun when the work has ended', async () => {
    const { orders, row, serveWrap } = shop()
    const send = await serveWrap(
      orders.wrap(async (_req, res, write) => {
        const kept = await write.transaction((_db, inside) => {
          inside.update({ note: 'in time' })
          return inside
        })
        expect(() => kept.update({ note: 'late' })).toThrow(
          expect.objectContaining({ code: 'ERR_WRITE_UNSUPPORTED' }),
        )
        res.json({})
      }),
    )
    expect(await send('PUT', '/orders/7', ONE)).toMatchObject({ status: 200, headers: { etag: '"2"' } })
    expect(row()).toEqual({ note: 'in time', version: 2 })
  })

  it('tells a write that would wait for its own transaction', async () => {
    const send = await orderApi(TABLES['SQLite']!(), (_body, write) =>
      write.transaction(() => {
        void write.update({ note: 'a' })
      }),
    )
    const answer = await send('PUT', '/orders/7', ONE)
    expect(answer).toMatchObject({ status: 500, json: { code: 'ERR_WRITE_UNSUPPORTED' } })
    expect(answer.json.message).toContain('second argument')
  })
})
