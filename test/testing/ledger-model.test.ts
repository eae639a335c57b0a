import { describe, expect, it } from 'vitest'
import { contractCases, ledgerContract } from 'express-if-match/testing'
import { ledgerModel } from '../../src/testing/broken/ledger-model.js'

describe('a correct ledger passes its contract', () => {
  const { runnable, skipped } = contractCases(ledgerContract, ledgerModel('in a Map'))
  for (const { id, run } of runnable) it(id, run)
  it('is asked every case', () => expect(skipped).toEqual([]))
})
