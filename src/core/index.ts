export type { Clock } from './clock.js'
export { IfMatchError } from './errors.js'
export type { ErrorCode, MistakeCode } from './errors.js'
export type { Expectation, Reason, Source, State, Verdict } from './expectation.js'
export { judge } from './expectation.js'
export { ledgerCount, ledgerVersion } from './ledger.js'
export type {
  Ledger,
  LedgerSteps,
  MaybePromise,
  Swap,
  SwapFrom,
  SwapResult,
  SwapTo,
  TransactionOptions,
} from './ledger.js'
export { appear, claim, commit, expire, move, presumed, renew, settle, swapFrom, swapTo } from './machine.js'
export type { Outcome, Settlement } from './machine.js'
export { problemOf } from './problem.js'
export type { Problem, ProblemCode, ProblemDetails, Resolution } from './problem.js'
export { unseen } from './record.js'
export type { Claim, Existence, LedgerRecord } from './record.js'
export type { StorePromises } from './store-promises.js'
export type { Identity, Table, TableSteps } from './table.js'
export { formatEntityTag, parseEntityTag, parseEntityTags, strongMatch, weakMatch } from './entity-tag.js'
export type { EntityTag, EntityTags } from './entity-tag.js'
export { formatHttpDate, parseHttpDate } from './http-date.js'
export { evaluatePreconditions, parsePreconditions } from './preconditions.js'
export type {
  CurrentRepresentation,
  Evaluation,
  HeaderLines,
  PreconditionHeader,
  Preconditions,
} from './preconditions.js'
