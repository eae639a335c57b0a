import { ifMatch, memoryLedger, memoryTable, type Table } from 'express-if-match'
import { sqliteLedger, sqliteTable } from 'express-if-match/sqlite'
import Database from 'libsql'
import { z } from 'zod'
import { exactly } from './expect.js'

/* Compiled, never run: rows and clients are those of the store. */

interface Order {
  id: number
  status: string
  note: string
  version: number
  updatedAt: Date
}

declare const asynchronous: Table<Order, { sql: string }> & {
  find(identity: Readonly<Record<string, unknown>>): Promise<Order | undefined>
}
const key = 'orders/:id'
const table = memoryTable<Order>()
const db = new Database(':memory:')

const inMemory = ifMatch({
  key,
  table,
  represent: (row) => {
    exactly<typeof row, Order>(true)
    return row.note
  },
})
inMemory.wrap(async (_req, _res, write) => {
  const order = await write.update({ note: 'a' })
  exactly<typeof order, Order>(true)
  // what a client left out is undefined
  await write.update({ note: undefined })
  // @ts-expect-error: there is no such column
  await write.update({ color: 'red' })
  // @ts-expect-error: a column has its type
  await write.insert({ note: 1 })
  const count = await write.transaction((_client, inside) => {
    // at once, since the table answers at once
    const changed = inside.update({ status: 'paid' })
    return changed.version
  })
  exactly<typeof count, number>(true)
  const gone: Order = await write.delete()
  return [order, gone, count]
})
inMemory.send({} as never, { id: 1, status: '', note: '', version: 1, updatedAt: new Date() })
// @ts-expect-error: no row of this table
inMemory.send({} as never, { id: 1 })

ifMatch({ key, table: asynchronous }).wrap((_req, _res, write) =>
  write.transaction(async (client, inside) => {
    exactly<typeof client, { sql: string }>(true)
    // @ts-expect-error: it answers later
    const early: Order = inside.update({ note: 'a' })
    const { note }: Order = await inside.update({ note: 'a' })
    return [client.sql, note, early]
  }),
)

const sqlite = sqliteTable<Order, Database.Database>(db, { name: 'orders', columns: ['status', 'note'] })
ifMatch({ key, table: sqlite, params: z.object({ id: z.coerce.number() }) }).wrap((_req, _res, write) =>
  write.transaction((client, inside) => {
    exactly<typeof client, Database.Database>(true)
    return [client.prepare('SELECT 1'), inside.update({ note: '' }).note]
  }),
)

// the client of a ledger
ifMatch({ ledger: sqliteLedger(db), key }).wrap((_req, _res, write) =>
  write.transaction((client) => {
    exactly<typeof client, Database.Database>(true)
    return client.prepare('SELECT 1')
  }),
)

// the application's own version
const find = (): Promise<Order | undefined> => Promise.resolve(undefined)
const current = ifMatch({
  key,
  current: find,
  version: 'updatedAt',
  ledger: sqliteLedger(db),
  represent: (row) => row.note,
})
current.wrap((_req, _res, write) => {
  exactly<typeof write.current, Order | undefined>(true)
  const { updatedAt }: { updatedAt?: Date } = write.where()
  const { sql, values } = write.where('sql', (position) => `$${position}`)
  return [updatedAt, sql, values]
})
ifMatch({ key, current: find, version: (row) => row.version, ledger: memoryLedger() })
// @ts-expect-error: the row has no such member
ifMatch({ key, current: find, version: 'changedAt' })
// @ts-expect-error: exactly one thing counts the versions
ifMatch({ key, table, ledger: memoryLedger() })
// @ts-expect-error: there is no such option
ifMatch({ key, requird: true })

// explicit type arguments leave the rest to its defaults
ifMatch<Order>({ key, current: find, version: 'updatedAt' })
ifMatch<Order>({ key, table })
