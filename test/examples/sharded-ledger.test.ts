import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { memoryLedger } from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import { contractCases, ledgerContract } from 'express-if-match/testing'
import Database from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'
import { shardedLedger } from '../../examples/sharding/ledger.js'

const folder = mkdtempSync(path.join(tmpdir(), 'if-match-shards-'))
const opened: Database.Database[] = []
const connect = (file: string) => {
  const db = new Database(path.join(folder, file))
  db.exec('PRAGMA busy_timeout = 2000')
  opened.push(db)
  return db
}
/** As one process has them: a connection to each of three files. */
const handle = () => {
  const shard = (file: string) => sqliteLedger(connect(file))
  return shardedLedger([shard('0.db'), shard('1.db'), shard('2.db')])
}
afterAll(() => {
  for (const db of opened) db.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a ledger over three files keeps the contract', () => {
  let handles = [handle(), handle()]
  const witnesses = ['0.db', '1.db', '2.db'].map(connect)
  const counted = () => witnesses.map((db) => db.prepare('SELECT 1 FROM if_match_ledger').all().length)
  let [turn, keys] = [0, 0]
  const NONE = 'the databases have no transaction in common'
  const { runnable } = contractCases(ledgerContract, {
    name: 'sharded',
    capabilities: {
      shared: true,
      transaction: NONE,
      application: NONE,
      'async-work': NONE,
      clock: 'SQLite has no clock but that of each process',
      restart: true,
      entries: true,
    },
    open: () => Promise.resolve(handles[turn++ % handles.length]!),
    key: () => `articles/${++keys}`,
    restart: async () => void (handles = [handle(), handle()]),
    entries: () => counted().reduce((sum, one) => sum + one, 0),
  })
  for (const { id, run } of runnable) it(id, run)

  it('in each of them', () => {
    expect(runnable.length).toBeGreaterThan(10)
    for (const one of counted()) expect(one).toBeGreaterThan(5)
  })
})

it('refuses shards whose versions would not look alike', () => {
  expect(() => shardedLedger([memoryLedger(), memoryLedger()])).toThrow('one epoch')
})
