export { withTags } from './agent.js'
export type { TaggableRequest, TaggedResponse, Tags } from './agent.js'
export { brokenLedgers } from './broken/ledgers.js'
export { brokenTables } from './broken/tables.js'
export type { BrokenStore } from './broken/broken-store.js'
export { fakeClock } from './clock.js'
export type { FakeClock } from './clock.js'
export { contractCases } from './contract.js'
export type { ContractCase, Declared, RunnableCase, SkippedCase, StoreSubject } from './contract.js'
export { ledgerContract } from './ledger-contract.js'
export { race } from './race.js'
export type { RaceResult } from './race.js'
export type { RaceOptions } from './race/options.js'
export type { RaceTarget } from './race/server.js'
export { tableContract } from './table-contract.js'
export type {
  ApplicationWrites,
  ContractRow,
  LedgerCapability,
  LedgerSubject,
  TableCapability,
  TableSubject,
} from './subjects.js'
