// Express 5 on PostgreSQL: a version column, and a front-end that sends the whole row back.
import express, { type Express, type Request } from 'express'
import { ifMatch, problems } from 'express-if-match'
import type { Report } from 'express-if-match/observe'
import type pg from 'pg'
import { STEPS, type Step } from './steps.js'

export interface Order {
  id: number
  status: string
  note: string
  version: number
}

export function createApp(pool: pg.Pool, conflicts: Report, step: Step): Express {
  const find = async (id: unknown) => {
    const { rows } = await pool.query<Order>('SELECT * FROM orders WHERE id = $1', [id])
    return rows[0]
  }
  const orders = ifMatch({
    key: 'orders/:id',
    current: (req) => find(req.params?.id), // one SELECT by the primary key, for each write
    version: 'version', // the column; also the member of the body in which clients send it back
    ...STEPS[step],
  })

  const app = express().use(express.json())
  app.use('/admin/conflicts', conflicts.router({ authorize: (req) => req.headers['x-role'] === 'admin' }))

  app.get('/orders/:id', orders.read(), async (req, res) => {
    const order = await find(req.params.id)
    if (order === undefined) res.sendStatus(404)
    else res.json(order)
  })

  // the handler as it was, behind a guard
  app.put('/orders/:id', orders.guard(), async (req: Request<{ id: string }>, res) => {
    const { rows } = await pool.query<Order>(
      'UPDATE orders SET status = $2, note = $3, version = version + 1 WHERE id = $1 RETURNING *',
      [req.params.id, req.body.status, req.body.note],
    )
    if (rows[0] === undefined) res.sendStatus(404)
    else res.json(rows[0])
  })

  // the same in its last form: the statement itself compares the version
  app.patch(
    '/orders/:id',
    orders.wrap(async (req, res, write) => {
      const unchanged = write.where('sql', (position) => `$${position + 2}`) // two values stand before it
      const { rows } = await pool.query<Order>(
        `UPDATE orders SET note = $2, version = version + 1 WHERE id = $1 AND ${unchanged.sql} RETURNING *`,
        [req.params.id, req.body.note, ...unchanged.values],
      )
      if (rows[0] === undefined) return write.missed() // somebody else was first: a 409; or the row is gone: a 404
      orders.send(res, rows[0])
    }),
  )

  app.use(problems())
  return app
}
