import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, it } from 'vitest'
import { contractCases, ledgerContract, tableContract } from 'express-if-match/testing'
import type { ApplicationWrites, ContractRow } from 'express-if-match/testing'
import { sqliteLedger, sqliteTable, type SqliteDatabase } from '../../src/stores/sqlite.js'
import { onEachDriver } from './sqlite-drivers.js'
import type { Driver, OpenDatabase } from './sqlite-drivers-open.js'

const SYNCHRONOUS = 'a connection has one transaction, and others use it too'

/** Two connections onto one file, as two processes have them, and a third that looks at what was committed. */
function twoConnections(driver: Driver, schema: string) {
  const folder = mkdtempSync(join(tmpdir(), 'if-match-contract-'))
  const opened: OpenDatabase[] = []
  const connect = (): OpenDatabase => {
    const db = driver.open(join(folder, 'contract.db'))
    opened.push(db)
    return db
  }
  afterAll(() => {
    for (const db of opened) db.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const witness = connect()
  witness.exec('PRAGMA journal_mode = WAL')
  witness.exec(`CREATE TABLE note (text TEXT); ${schema}`)
  const application: ApplicationWrites = {
    write: (client, text) => (client as SqliteDatabase).prepare('INSERT INTO note VALUES (?)').run(text),
    read: () =>
      (witness.prepare('SELECT text FROM note').all() as { text: string }[]).map(({ text }) => text),
  }
  return { connect, witness, application }
}

onEachDriver('sqliteLedger keeps the contract', (driver) => {
  const { connect, witness, application } = twoConnections(driver, '')
  let handles = [connect(), connect()].map((db) => sqliteLedger(db))
  let turn = 0
  let keys = 0
  const { runnable, skipped } = contractCases(ledgerContract, {
    name: `sqlite over ${driver.name}`,
    capabilities: {
      shared: true,
      transaction: true,
      application: true,
      'async-work': SYNCHRONOUS,
      clock: 'SQLite has no clock but that of each process',
      restart: true,
      entries: true,
    },
    open: () => Promise.resolve(handles[turn++ % handles.length]!),
    key: () => `articles/${++keys}`,
    restart: async () => void (handles = [connect(), connect()].map((db) => sqliteLedger(db))),
    entries: () => witness.prepare('SELECT 1 FROM if_match_ledger').all().length,
    application,
  })
  for (const { id, run } of runnable) it(id, run)
  for (const { id, reason } of skipped) it.skip(`${id}: ${reason}`)
})

const ROWS = `CREATE TABLE article (id TEXT PRIMARY KEY, version INTEGER NOT NULL, title TEXT, note TEXT, owner TEXT)`

onEachDriver('sqliteTable keeps the contract', (driver) => {
  const { connect, application } = twoConnections(driver, ROWS)
  const handles = [connect(), connect()].map((db) =>
    sqliteTable<ContractRow>(db, { name: 'article', columns: ['title', 'note'] }),
  )
  let turn = 0
  let ids = 0
  const { runnable, skipped } = contractCases(tableContract, {
    name: `sqlite table over ${driver.name}`,
    capabilities: { shared: true, transaction: true, application: true, 'async-work': SYNCHRONOUS },
    open: () => Promise.resolve(handles[turn++ % handles.length]!),
    id: () => `article-${++ids}`,
    application,
  })
  for (const { id, run } of runnable) it(id, run)
  for (const { id, reason } of skipped) it.skip(`${id}: ${reason}`)
})
