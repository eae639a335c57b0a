import { ifMatch, memoryLedger, memoryTable, type SqlPredicate, type Table } from 'express-if-match'
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
ifMatch({ key, table: asynchronous }).wrap(async (_req, _res, write) => {
  const note = await write.transaction(async (_client, inside) => (await inside.update({ note: 'a' })).note, {
    repeatable: true,
  })
  exactly<typeof note, string>(true)
  // @ts-expect-error: there is no such option
  await write.transaction(() => 1, { repeatable: true, times: 3 })
  return note
})

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
ifMatch({ ledger: sqliteLedger(db), key }).wrap((_req, _res, write) =>
  write.transaction(() => 1, { repeatable: false }),
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
  const other = write.where('sql', {
    placeholder: (position) => `:${position}`,
    quote: (name) => `[${name}]`,
  })
  // @ts-expect-error: there is no such member
  write.where('sql', { placeHolder: () => '?' })
  return [updatedAt, sql, values, other.sql]
})

// what an ORM takes as a predicate, for each type that a version has
declare const orm: {
  update(where: { id: string; updatedAt?: Date }, data: object): Promise<number>
  count(where: { id: string; version?: number | bigint }, data: object): Promise<number>
  big(where: { id: string; version?: bigint }, data: object): Promise<number>
}
interface Dated {
  id: string
  updatedAt: Date
}
ifMatch({ key, current: (): Dated | null => null, version: 'updatedAt' }).wrap(async (req, _res, write) => {
  exactly<ReturnType<(typeof write)['where']>, SqlPredicate>(true)
  exactly<(typeof write)['current'], Dated | undefined>(true)
  await orm.update({ id: req.params.id, ...write.where() }, {})
})
ifMatch({ key, current: () => ({ id: '1', version: 1n }), version: 'version' }).wrap(
  async (req, _res, write) => {
    await orm.big({ ...write.where(), id: req.params.id }, {})
  },
)
ifMatch({ key, current: () => ({ id: '1', version: 1 }), version: 'version' }).wrap(
  async (req, _res, write) => {
    await orm.count({ ...write.where(), id: req.params.id }, {})
    // @ts-expect-error: a number is no bigint
    await orm.big({ ...write.where(), id: req.params.id }, {})
  },
)
ifMatch({ key, current: find, version: 'updatedAt', stale: (error) => error instanceof RangeError })
// @ts-expect-error: an error is unknown
ifMatch({ key, current: find, version: 'updatedAt', stale: (error) => error.code === 'P2025' })
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
