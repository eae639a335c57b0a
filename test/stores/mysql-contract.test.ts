import { randomBytes } from 'node:crypto'
import { it } from 'vitest'
import { contractCases, ledgerContract, tableContract } from 'express-if-match/testing'
import type { ApplicationWrites, ContractRow, LedgerCapability } from 'express-if-match/testing'
import type { Pool, PoolConnection } from 'mysql2/promise'
import { mysqlLedger, mysqlTable, type MysqlTableOptions } from '../../src/stores/mysql.js'
import { mysql } from '../support/servers.js'
import { database, onEachWay, rows, type Way } from './mysql-support.js'

const ALL: Record<LedgerCapability, true> = {
  shared: true,
  transaction: true,
  application: true,
  'async-work': true,
  clock: true,
  restart: true,
  entries: true,
}

/** Two pools, as two processes have them, and a table of the application's. */
function twoPools(way: Way, schema: string) {
  const server = database()
  let pools: readonly [Pool, Pool] | undefined
  const opened = async (): Promise<readonly [Pool, Pool]> => {
    if (pools !== undefined) return pools
    pools = [server.pool(way), server.pool(way)]
    await pools[0].query('CREATE TABLE IF NOT EXISTS note (text LONGTEXT) CHARACTER SET utf8mb4')
    if (schema !== '') await pools[0].query(schema)
    return pools
  }
  const application: ApplicationWrites = {
    write: (client, text) => (client as PoolConnection).query('INSERT INTO note VALUES (?)', [text]),
    read: async () =>
      (await rows((await opened())[0], 'SELECT text FROM note')).map(({ text }) => text as string),
  }
  const restart = (): void => {
    pools = undefined
  }
  return { opened, application, restart }
}

onEachWay('mysqlLedger keeps the contract', (way) => {
  const { opened, application, restart } = twoPools(way, '')
  let turn = 0
  let keys = 0
  const { runnable, skipped } = contractCases(ledgerContract, {
    name: `mysql as on ${way}`,
    capabilities: ALL,
    open: async () => mysqlLedger((await opened())[turn++ % 2]!),
    key: () => `articles/${++keys}-${randomBytes(3).toString('hex')}`,
    restart: async () => restart(),
    entries: async () => (await rows((await opened())[0], 'SELECT 1 FROM if_match_ledger')).length,
    application,
  })
  for (const { id, run } of runnable) it(id, run)
  for (const { id, reason } of skipped) it.skip(`${id}: ${reason}`)
})

/** Ids of the contract are longer than an index of InnoDB: MariaDB has unique ones by hash. */
const articles = (version: string, deleted = ''): string =>
  `CREATE TABLE article (id LONGTEXT COLLATE utf8mb4_nopad_bin NOT NULL UNIQUE, version ${version} NOT NULL,
    title LONGTEXT, note LONGTEXT, owner LONGTEXT${deleted}) CHARACTER SET utf8mb4`

function tableCases(way: Way, schema: string, options: Partial<MysqlTableOptions<ContractRow>> = {}): void {
  const { opened, application } = twoPools(way, schema)
  let turn = 0
  let ids = 0
  const { runnable, skipped } = contractCases(tableContract, {
    name: `mysql table as on ${way}`,
    capabilities: ALL,
    open: async () =>
      mysqlTable<ContractRow>((await opened())[turn++ % 2]!, {
        name: 'article',
        columns: ['title', 'note'],
        ...options,
      }),
    id: () => `article-${++ids}`,
    application,
  })
  for (const { id, run } of runnable) it(id, run)
  for (const { id, reason } of skipped) it.skip(`${id}: ${reason}`)
}

onEachWay('mysqlTable keeps the contract', (way) => tableCases(way, articles('BIGINT')))

mysql.describe('mysqlTable keeps the contract where versions are', () => {
  mysql.describe('uuids', () => tableCases('MariaDB', articles('CHAR(36)'), { versionType: 'uuid' }))
  mysql.describe('uuids in 16 octets', () =>
    tableCases('MySQL', articles('BINARY(16)'), { versionType: 'uuid' }),
  )
  mysql.describe('uuids of MariaDB', () => tableCases('MariaDB', articles('UUID'), { versionType: 'uuid' }))
  mysql.describe('microseconds', () =>
    tableCases('MariaDB', articles('DATETIME(6)'), { versionType: { timestamp: 6 } }),
  )
  mysql.describe('microseconds of a TIMESTAMP', () =>
    tableCases('MariaDB', articles('TIMESTAMP(6)'), { versionType: { timestamp: 6 } }),
  )
})

mysql.describe('mysqlTable keeps the contract where rows are marked as deleted', () => {
  const deleted = { deleted: 'removed_at' as keyof ContractRow }
  tableCases('MariaDB', articles('BIGINT', ', removed_at DATETIME(3)'), deleted)
})
