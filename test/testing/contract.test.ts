import { describe, expect, it } from 'vitest'
import {
  brokenLedgers,
  brokenTables,
  contractCases,
  ledgerContract,
  tableContract,
} from 'express-if-match/testing'
import type { BrokenStore, ContractCase, StoreSubject } from 'express-if-match/testing'
import { ledgerModel } from '../../src/testing/broken/ledger-model.js'
import { tableModel } from '../../src/testing/broken/table-model.js'
import { promisedLedger, promisedTable } from '../support/promised-stores.js'

describe('a store without a mistake passes', () => {
  describe('a ledger that answers at once', () => runAll(ledgerContract, ledgerModel('ledger in a Map')))
  describe('a table that answers at once', () => runAll(tableContract, tableModel('table in a Map')))
  describe('a ledger of promises', () => runAll(ledgerContract, promisedLedger(), 6))
  describe('a ledger whose clock no test can move', () => {
    const { advance: _, ...subject } = ledgerModel('real time', { time: () => performance.now() })
    runAll(ledgerContract, subject)
  })
  describe('a ledger with room for keys of 2048 octets, as DynamoDB has', () =>
    runAll(ledgerContract, ledgerModel('narrow', { entryKey: narrow })))
  describe('a table of promises', () => runAll(tableContract, promisedTable()))
})

function narrow(key: string): string {
  if (Buffer.byteLength(key) > 2048) throw new RangeError(`a key of ${key.length} characters`)
  return key
}

function runAll<Subject extends StoreSubject>(
  contract: readonly ContractCase<Subject>[],
  subject: Subject,
  without = 0,
) {
  const { runnable, skipped } = contractCases(contract, subject)
  for (const { id, run } of runnable) it(id, run)
  it('is asked every case for which it has what it takes', () => {
    expect(skipped).toHaveLength(without)
  })
}

describe('a broken store fails, in the cases that it names', () => {
  for (const store of brokenLedgers) it(store.id, () => fails(ledgerContract, store))
  for (const store of brokenTables) it(store.id, () => fails(tableContract, store))
})

async function fails<Subject extends StoreSubject>(
  contract: readonly ContractCase<Subject>[],
  store: BrokenStore<Subject>,
) {
  const failed: string[] = []
  for (const { id, run } of contractCases(contract, store.open()).runnable)
    await run().catch(() => failed.push(id))
  expect(store.breaks).not.toEqual([])
  expect(failed).toEqual(expect.arrayContaining([...store.breaks]))
}

describe('the contract', () => {
  it('has a name of its own for each case', () => {
    const ids = [...ledgerContract, ...tableContract].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^(ledger|table)\/[a-z0-9-]+$/)
  })

  it('has no case that every store passes', () => {
    const shown = new Set([...brokenLedgers, ...brokenTables].flatMap(({ breaks }) => breaks))
    const ids = [...ledgerContract, ...tableContract].map(({ id }) => id)
    expect(ids.filter((id) => !shown.has(id))).toEqual([])
  })
})

describe('contractCases', () => {
  const one: ContractCase<StoreSubject> = {
    id: 'x/one',
    requires: ['clock', 'shared'],
    run: async () => undefined,
  }
  const subject = (capabilities: StoreSubject['capabilities']): StoreSubject => ({ name: 'x', capabilities })

  it('gives the cases whose requirements are met', () => {
    const { runnable, skipped } = contractCases([one], subject({ clock: true, shared: true }))
    expect(runnable.map(({ id }) => id)).toEqual(['x/one'])
    expect(skipped).toEqual([])
  })

  it('says why the others are skipped', () => {
    const { skipped } = contractCases([one], subject({ clock: true, shared: 'it lives in one process' }))
    expect(skipped).toEqual([{ id: 'x/one', reason: 'shared: it lives in one process' }])
  })

  it('takes what is not declared for missing, and says so', () => {
    expect(contractCases([one], subject({})).skipped).toEqual([
      { id: 'x/one', reason: 'clock: not declared' },
    ])
  })
})
