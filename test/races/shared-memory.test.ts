import type { AddressInfo } from 'node:net'
import { memoryTable } from 'express-if-match'
import { brokenLedgers, brokenTables } from 'express-if-match/testing'
import { expect, it, onTestFinished } from 'vitest'
import { laterLedger } from '../support/ledgers.js'
import { foundOut } from './found-out.js'
import { checkLinearizable } from './linearizability/check.js'
import { load, outcomes, type Load, type LoadOptions } from './load.js'
import { raceSeed } from './seed.js'
import { itemsApi } from './shared-routes.js'
import { itemsIn, memoryData } from './stores/memory.js'
import type { ItemRow, Served } from './stores/store.js'

const ledger = (): Served => ({ way: 'ledger', ledger: laterLedger(), data: memoryData() })
const table = (): Served => ({
  way: 'table',
  table: memoryTable<ItemRow>({ columns: ['value', 'base', 'note'] }),
})

/** One process, this one; but 4 guards that know nothing of each other, as those of 4 processes. */
async function loadOn(served: Served, options: Partial<LoadOptions> = {}): Promise<Load> {
  const origins = await Promise.all(Array.from({ length: 4 }, () => serve(served)))
  const loaded = await load({ seed: raceSeed(), origins: () => origins, writes: 500, ...options })
  console.log(`${loaded.history.length} operations, RACE_SEED=${loaded.seed}:`, outcomes(loaded))
  return loaded
}

async function serve(served: Served): Promise<string> {
  const server = itemsApi(served, { lease: 1_000, wait: 200 }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it.each([
  { versions: 'ledger', served: ledger },
  { versions: 'row', served: table },
] as const)('4 guards over one $versions in memory make one history', { timeout: 120_000 }, async (kind) => {
  const { history, unexpected, uncertain } = await loadOn(kind.served())
  expect([...unexpected, ...uncertain]).toEqual([])
  checkLinearizable(history, kind)
})

it('a seed repeats what every client tries, and another one does not', { timeout: 120_000 }, async () => {
  const tried = async (seed: number) => {
    const { history } = await loadOn(table(), { seed, clients: 1, writes: 60 })
    return history.map(({ action, key, base, writes, outcome }) => [action, key, base, writes, outcome.kind])
  }
  const first = await tried(7)
  expect(await tried(7)).toEqual(first)
  expect(await tried(8)).not.toEqual(first)
})

const LEDGERS = ['check-then-act', 'count-ignored', 'lease-ignored', 'tombstone-forgotten']
const TABLES = ['check-then-act', 'compared-with-a-fresh-read', 'first-of-one-of', 'version-restarts-at-1']

// not even what is forgiven where something was killed or cut excuses any of them

it.each(LEDGERS)('finds out a ledger with the mistake %s', { timeout: 120_000 }, (mistake) =>
  foundOut(async () => {
    const subject = brokenLedgers.find(({ id }) => id === mistake)!.open()
    const { history } = await loadOn({ way: 'ledger', ledger: await subject.open(), data: memoryData() })
    return () => checkLinearizable(history, { versions: 'ledger', faults: true })
  }, /linearizable|two states|came back/),
)

it.each(TABLES)('finds out a table with the mistake %s', { timeout: 120_000 }, (mistake) =>
  foundOut(async () => {
    const subject = brokenTables.find(({ id }) => id === mistake)!.open()
    const { history } = await loadOn({ way: 'table', table: itemsIn(await subject.open()) })
    return () => checkLinearizable(history, { versions: 'row', faults: true })
  }, /linearizable|two states/),
)
