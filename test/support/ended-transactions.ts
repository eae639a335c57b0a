import express, { type Request, type Response } from 'express'
import {
  ifMatch,
  preconditionOf,
  problems,
  type GuardOptions,
  type LedgerOptions,
  type LedgerWrite,
  type TableWrite,
} from 'express-if-match'
import {
  IfMatchError,
  problemOf,
  type Ledger,
  type Table,
  type TransactionOptions,
} from 'express-if-match/core'
import type { ContractRow } from 'express-if-match/testing'
import { sending, serve } from './api.js'
import { start, type Express } from './http.js'
import { lastResort } from './orders.js'
import { promisedLedger, promisedTable } from './promised-stores.js'

/**
 * How the database ends a transaction. `begin`: it cannot be reached; `store`: nor when it has begun; `work`: it refuses a statement of the work, and
 * `commit` the commit, since another transaction is in the way; `lost`: it commits, and the answer is lost.
 */
export type End = 'begin' | 'store' | 'work' | 'commit' | 'lost' | 'well'

/** What the work gets: notes that are written and rolled back with the version. */
export interface Client {
  note(text: string): Promise<void>
}

const SERIALIZATION = Object.assign(new Error('could not serialize access'), { code: '40001' })

const lost = () => Promise.reject(new Error('connection terminated'))
const LOST_STEPS = { get: lost, compareAndSwap: lost }

type Work = (steps: unknown, client: Client) => unknown
type Begin = (work: (steps: unknown, draft: { notes: string[] }) => unknown) => Promise<unknown>

/** Transactions that end as `ends` says, one after the other; they are repeated as every store may. */
function ending(store: unknown, ends: End[]) {
  return async (work: Work, options?: TransactionOptions): Promise<unknown> => {
    for (let run = 1; ; run++) {
      const end = ends.shift() ?? 'well'
      if (end === 'begin') throw new Error('connect ECONNREFUSED')
      try {
        const value = await (store as { transaction: Begin }).transaction(async (steps, { notes }) => {
          const note = async (text: string) => {
            notes.push(text)
            if (end === 'work') throw SERIALIZATION
          }
          const done = await work(end === 'store' ? LOST_STEPS : steps, { note })
          if (end === 'commit') throw SERIALIZATION
          return done
        })
        if (end === 'lost') throw new Error('read ECONNRESET')
        return value
      } catch (error) {
        if (error !== SERIALIZATION) throw error
        if (options?.repeatable === true && run < 4) continue
        throw new IfMatchError(problemOf('transaction-conflict'), {}, { cause: error })
      }
    }
  }
}

export function endingLedger(ledger: Ledger, ends: End[]): Ledger<Client> {
  return { ...ledger, transaction: ending(ledger, ends) as never }
}

export function endingTable<Row>(table: Table<Row>, ends: End[]): Table<Row, Client> {
  return { ...table, transaction: ending(table, ends) as never }
}

export type Write = LedgerWrite<Client>
export type Handler = (req: Request, res: Response, write: Write) => unknown

export interface Staged {
  readonly ends?: End[]
  readonly mode?: GuardOptions
  readonly options?: Partial<LedgerOptions<Client>>
  readonly framework?: Express
}

/** Notes over a ledger that answers later, as a server's database does: PUT is wrapped, PATCH guarded. */
export async function later(handler: Handler, { ends = [], mode = {}, options = {}, framework }: Staged) {
  const subject = promisedLedger()
  const ledger = endingLedger(await subject.open(), ends)
  const guards = ifMatch({ ledger, key: 'docs/:id', ...options })
  const app = (framework ?? express)().use((framework ?? express).json())
  app.put('/docs/:id', guards.wrap(handler, mode))
  app.patch('/docs/:id', guards.guard(mode), (req, res, next) => {
    // as Express 5 does by itself
    Promise.resolve(handler(req, res, preconditionOf<Write>(req))).catch(next)
  })
  const site = await start(app.use(problems()).use(lastResort))
  const send = sending(site)
  const record = async () => ledger.get('docs/1')
  return {
    site,
    send,
    ledger,
    guards,
    record,
    notes: () => subject.application?.read(),
    /** a write that names the version as it is */
    write: async (method: string, body: unknown = {}) =>
      send(method, '/docs/1', { headers: { 'If-Match': `"${(await record()).count}"` }, body }),
  }
}

export type RowHandler = (
  req: Request,
  res: Response,
  write: TableWrite<ContractRow, Client, Promise<ContractRow>>,
) => unknown

/** One row, `things/1`, in a table that answers later. */
export async function laterTable(handler: RowHandler, { ends = [] }: Pick<Staged, 'ends'> = {}) {
  const subject = promisedTable()
  const table = await subject.open()
  const first = await table.insert({ id: '1' }, { title: 'first' })
  const things = ifMatch({ key: 'things/:id', table: endingTable(table, ends) })
  const app = express().use(express.json())
  app.put('/things/:id', things.wrap(handler as never))
  const send = await serve(app.use(problems()).use(lastResort))
  return {
    row: () => table.find({ id: '1' }),
    notes: () => subject.application?.read(),
    write: (version = first?.version, body: unknown = {}) =>
      send('PUT', '/things/1', { headers: { 'If-Match': `"${String(version)}"` }, body }),
  }
}
