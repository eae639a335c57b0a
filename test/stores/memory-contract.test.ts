import { describe, expect, it } from 'vitest'
import { contractCases, ledgerContract, tableContract } from 'express-if-match/testing'
import type { ContractRow } from '../../src/testing/subjects.js'
import { memoryLedger, memoryTable, type MemoryTableSteps } from '../../src/stores/memory.js'

const ALONE = 'it is in the memory of one process'
let numbers = 0
const unused = (): string => `unused-${(numbers += 1)}`

describe('memoryLedger keeps the contract', () => {
  let now = 0
  let ledger = memoryLedger({ clock: { now: () => now } })
  const { runnable, skipped } = contractCases(ledgerContract, {
    name: 'memory',
    capabilities: {
      shared: ALONE,
      transaction: 'there is nothing to commit with it',
      application: 'there is nothing to commit with it',
      'async-work': 'there is nothing to commit with it',
      clock: true,
      restart: true,
      entries: 'how many it keeps shows in what it forgets alone',
    },
    open: () => Promise.resolve(ledger),
    key: unused,
    advance: (ms) => void (now += ms),
    restart: async () => void (ledger = memoryLedger({ clock: { now: () => now } })),
  })
  for (const { id, run } of runnable) it(id, run)
  it('asks nearly all of it', () => {
    expect(runnable.length).toBeGreaterThan(2 * skipped.length)
  })
})

/** What a schema would add: a column that nobody set is null there, and absent in a table without a schema. */
function withOwner(steps: MemoryTableSteps<ContractRow>): MemoryTableSteps<ContractRow> {
  const fill = (row: ContractRow | undefined): ContractRow | undefined =>
    row && { ...row, owner: row.owner ?? null }
  return {
    find: (identity) => fill(steps.find(identity)),
    update: (...given) => fill(steps.update(...given)),
    insert: (...given) => fill(steps.insert(...given)),
    delete: (...given) => fill(steps.delete(...given)),
  }
}

describe('memoryTable keeps the contract', () => {
  const table = memoryTable<ContractRow>({ columns: ['title', 'note'] })
  const { runnable, skipped } = contractCases(tableContract, {
    name: 'memory table',
    capabilities: {
      shared: ALONE,
      transaction: true,
      application: 'its client is undefined',
      'async-work': 'it does synchronous work only',
    },
    open: async () => ({
      ...table,
      ...withOwner(table),
      transaction: (work) => table.transaction((steps, client) => work(withOwner(steps), client)),
    }),
    id: unused,
  })
  for (const { id, run } of runnable) it(id, run)
  it('asks nearly all of it', () => {
    expect(runnable.length).toBeGreaterThan(2 * skipped.length)
  })
})
