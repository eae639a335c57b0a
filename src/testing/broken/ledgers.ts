import type { LedgerSubject } from '../subjects.js'
import type { BrokenStore } from './broken-store.js'
import { keepingFaults } from './ledger-keeping.js'
import { ledgerModel } from './ledger-model.js'
import { recordFaults } from './ledger-records.js'
import { swapFaults } from './ledger-swaps.js'

/** Ledgers that people write, and that lose updates: each is correct but for one part. */
export const brokenLedgers: readonly BrokenStore<LedgerSubject>[] = [
  ...swapFaults,
  ...recordFaults,
  ...keepingFaults,
].map(({ id, breaks, parts }) => ({
  id,
  breaks: breaks.map((name) => `ledger/${name}`),
  open: () => ledgerModel(`broken: ${id}`, parts),
}))
