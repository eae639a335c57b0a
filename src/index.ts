export { ifMatch } from './express/if-match.js'
export type { CurrentGuards, GuardOptions, Guards, LedgerGuards, TableGuards } from './express/guards.js'
export type {
  ClaimOptions,
  CurrentOptions,
  LedgerOptions,
  ModeOption,
  TableOptions,
} from './express/options.js'
export type { ReadOptions } from './express/read.js'
export type { Middleware } from './express/express-types.js'
export { problems } from './express/problems.js'
export { preconditionOf } from './express/request-handle.js'
export type {
  AnyWrite,
  ConflictDetails,
  CurrentWrite,
  LedgerWrite,
  RowChange,
  RowWrite,
  SqlForm,
  SqlOptions,
  SqlPredicate,
  TableWrite,
} from './express/write-handle.js'
export type { RefusedEvent, SettledEvent } from './express/events.js'
export { memoryLedger, memoryTable } from './stores/memory.js'
export type { MemoryLedger, MemoryLedgerOptions, MemoryTable, MemoryTableOptions } from './stores/memory.js'
export { IfMatchError } from './core/errors.js'
export type { ErrorCode, MistakeCode } from './core/errors.js'
export type { Problem, ProblemCode, Resolution } from './core/problem.js'
export type { Clock } from './core/clock.js'
export type { Ledger, TransactionOptions } from './core/ledger.js'
export type { Table } from './core/table.js'
