import { beforeAll, it } from 'vitest'
import { contractCases, ledgerContract, tableContract } from 'express-if-match/testing'
import type { ContractRow } from 'express-if-match/testing'
import { postgresLedger, postgresTable } from '../../src/stores/postgres.js'
import type { PostgresTableOptions } from '../../src/stores/postgres.js'
import { postgres } from '../support/servers.js'
import { applicationOn, NOTES, postgresDatabase, rowsOf } from './postgres-database.js'

const TABLES: Record<string, readonly [ddl: string, options: Partial<PostgresTableOptions<ContractRow>>]> = {
  integers: [rowsOf('bigint'), {}],
  uuids: [rowsOf('uuid'), { versionType: 'uuid' }],
  'timestamps of 6 digits': [rowsOf('timestamptz'), { versionType: { timestamp: 6 } }],
  'timestamps of 3 digits, soft-deleted': [
    rowsOf('timestamp(3)', ', gone timestamptz'),
    { versionType: { timestamp: 3 }, deleted: 'gone' as never },
  ],
}

let names = 0
const fresh = (): string => `articles/${++names}`

postgres.describe('postgresLedger over pools keeps the contract', () => {
  const db = postgresDatabase()
  const open = () => [db.pool(), db.pool()].map((pool) => postgresLedger(pool))
  let handles = open()
  const witness = db.pool()
  beforeAll(() => db.sql(NOTES))
  let turn = 0
  const { runnable, skipped } = contractCases(ledgerContract, {
    name: 'postgres over pg',
    capabilities: {
      shared: true,
      transaction: true,
      application: true,
      'async-work': true,
      clock: true,
      restart: true,
      entries: true,
    },
    open: () => Promise.resolve(handles[turn++ % handles.length]!),
    key: fresh,
    // of the processes that use it: the server itself is shared with other tests
    restart: async () => void (handles = open()),
    entries: async () => Number((await db.sql('SELECT count(*) FROM if_match_ledger'))[0]?.count),
    application: applicationOn(witness),
  })
  for (const { id, run } of runnable) it(id, run)
  for (const { id, reason } of skipped) it.skip(`${id}: ${reason}`)
})

for (const [name, [ddl, options]] of Object.entries(TABLES)) {
  postgres.describe(`postgresTable with ${name} over pools keeps the contract`, () => {
    const db = postgresDatabase()
    const handles = [db.pool(), db.pool()].map((pool) =>
      postgresTable<ContractRow>(pool, { name: 'article', columns: ['title', 'note'], ...options }),
    )
    beforeAll(() => db.sql(`${NOTES}; ${ddl}`))
    let turn = 0
    const { runnable, skipped } = contractCases(tableContract, {
      name: `postgres table over pg, ${name}`,
      capabilities: { shared: true, transaction: true, application: true, 'async-work': true },
      open: () => Promise.resolve(handles[turn++ % handles.length]!),
      id: fresh,
      application: applicationOn(db.pool()),
    })
    for (const { id, run } of runnable) it(id, run)
    for (const { id, reason } of skipped) it.skip(`${id}: ${reason}`)
  })
}
