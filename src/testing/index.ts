export { brokenLedgers } from './broken/ledgers.js'
export type { BrokenStore } from './broken/broken-store.js'
export { contractCases } from './contract.js'
export type { ContractCase, Declared, RunnableCase, SkippedCase, StoreSubject } from './contract.js'
export { ledgerContract } from './ledger-contract.js'
export type {
  ApplicationWrites,
  ContractRow,
  LedgerCapability,
  LedgerSubject,
  TableCapability,
  TableSubject,
} from './subjects.js'
