/* One of several processes on one database file: sqlite-processes.test.ts starts it, and kills it. */
import { writeSync } from 'node:fs'
import type { LedgerRecord } from '../../src/core/record.js'
import { sqliteLedger, sqliteTable, type SqliteLedger } from '../../src/stores/sqlite.js'
import { driver, type DriverName } from './sqlite-drivers-open.js'

export interface Race {
  /** the counts, keys or versions that this process won */
  readonly won: readonly (number | string)[]
  readonly lost: number
  /** refusals that were told of a state not newer than the one they named */
  readonly lies: number
}

interface Note {
  id: number
  writer: number
  version: number
}

const [name, file, job, rounds = '0'] = process.argv.slice(2)
const db = driver(name as DriverName)!.open(file!)

// a process that waits for the lock backs off, while the others take it again at once: SQLite is not fair
const PATIENCE = 120_000
// outlives a kill of the process all the same; what it would cost is the time of the test
db.exec('PRAGMA synchronous = OFF')

const free = { token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false }

/** Every process swaps the one key as fast as it can; each count may be reached by one of them only. */
function sameKey(ledger: SqliteLedger, end: number): Race {
  const won: number[] = []
  let [lost, lies] = [0, 0]
  let record: LedgerRecord = ledger.get('k')
  while (record.count < end) {
    const from = { count: record.count, token: null, beat: 0 }
    const result = ledger.compareAndSwap('k', { from, to: { ...free, count: record.count + 1 } })
    if (result.swapped) won.push(record.count + 1)
    else {
      lost++
      if (result.record.count <= record.count) lies++
    }
    record = result.record
  }
  return { won, lost, lies }
}

/** Every process claims every key that nobody has seen. */
function newKeys(ledger: SqliteLedger, keys: number): Race {
  const won: string[] = []
  let [lost, lies] = [0, 0]
  for (let index = 0; index < keys; index++) {
    const key = `new/${index}`
    const to = { ...free, count: 0, token: `${process.pid}`, lease: 1000, raiseFence: true }
    const result = ledger.compareAndSwap(key, { from: { count: 0, token: null, beat: 0 }, to })
    if (result.swapped) won.push(key)
    else {
      lost++
      if (result.record.claim === null || result.record.claim.token === to.token) lies++
    }
  }
  return { won, lost, lies }
}

function sameRow(end: number): Race {
  const table = sqliteTable<Note>(db, { name: 'notes', columns: ['writer'], busyTimeout: PATIENCE })
  const won: string[] = []
  let [lost, lies] = [0, 0]
  for (;;) {
    const version = table.versionOf(table.find({ id: 1 })!)
    if (Number(version) >= end) return { won, lost, lies }
    const expected = { kind: 'one-of', versions: [version], weak: false, source: 'if-match' } as const
    const row = table.update({ id: 1 }, expected, { writer: process.pid })
    if (row === undefined) lost++
    else {
      won.push(table.versionOf(row))
      if (row.version !== Number(version) + 1 || row.writer !== process.pid) lies++
    }
  }
}

/** Stops in the middle of a transaction, with the write lock held, until it is killed. */
function hang(ledger: SqliteLedger): never {
  ledger.transaction((steps, connection) => {
    steps.compareAndSwap('k', { from: { count: 0, token: null, beat: 0 }, to: { ...free, count: 1 } })
    connection.exec('UPDATE notes SET writer = 666, version = 666')
    writeSync(1, 'inside\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
  throw new Error('not reached')
}

process.once('message', () => {
  // opened at the word "go": all of them at once, on a file that is not in WAL mode and has no ledger yet
  const ledger = sqliteLedger(db, { busyTimeout: PATIENCE })
  if (job === 'hang') hang(ledger)
  const race =
    job === 'same-key'
      ? sameKey(ledger, Number(rounds))
      : job === 'new-keys'
        ? newKeys(ledger, Number(rounds))
        : sameRow(Number(rounds))
  process.send!(race)
  process.disconnect()
})
process.send!('ready')
