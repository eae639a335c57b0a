import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import {
  ifMatch,
  memoryTable,
  problems,
  type Table,
  type TableOptions,
  type TableWrite,
} from 'express-if-match'
import { sqliteTable } from 'express-if-match/sqlite'
import Database from 'libsql'
import { serve, type Send } from './api.js'

export interface Order {
  id: number
  status: string
  note: string
  version: number
}

export type Orders = Table<Order>
export type OrderWrite = TableWrite<Order>

const FIRST: Order = { id: 7, status: 'new', note: '', version: 1 }

/** One order, 7, in a table of each kind. */
export const TABLES: Record<string, () => Orders> = {
  memory: () => memoryTable<Order>({ columns: ['status', 'note'], rows: [FIRST] }),
  SQLite: () => {
    const db = new Database(':memory:')
    db.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, note TEXT, version INTEGER NOT NULL)')
    db.exec("INSERT INTO orders VALUES (7, 'new', '', 1)")
    return sqliteTable<Order>(db, { name: 'orders', columns: ['status', 'note'] })
  },
}

/** The table, with a list of the statements that reached it. */
export function counted(table: Orders, statements: string[]): Orders {
  return {
    ...table,
    find: (...args) => (statements.push('find'), table.find(...args)),
    update: (...args) => (statements.push('update'), table.update(...args)),
    insert: (...args) => (statements.push('insert'), table.insert(...args)),
    delete: (...args) => (statements.push('delete'), table.delete(...args)),
  }
}

/** The error handler of an application that has its own: it shows the code of what it got. */
export const lastResort: ErrorRequestHandler = (error, _req, res, _next) =>
  void res.status(500).json({ code: error.code, message: error.message })

type Handler = (body: Request['body'], write: OrderWrite, res: Response) => unknown
type Options = Omit<TableOptions<Order>, 'table'>

/** Orders over this table; what the handler gives back is answered, unless it answers by itself. */
export function orderApi(table: Orders, handler: Handler, options: Options = {}): Promise<Send> {
  const orders = ifMatch({ key: 'orders/:id', table, represent: (row) => ({ note: row.note }), ...options })
  const app = express().use(express.json())
  app.get('/orders/:id', async (req, res) => orders.send(res, await table.find({ id: req.params.id })))
  app.all(
    '/orders/:id',
    orders.wrap(async (req, res, write) => {
      const answer = await handler(req.body, write, res)
      if (!res.headersSent) res.json(answer ?? { ok: true })
    }),
  )
  return serve(app.use(problems()).use(lastResort))
}
