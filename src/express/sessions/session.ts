import type { ServerResponse } from 'node:http'
import type { Claims } from '../../claims/claims.js'
import type { Client } from '../../claims/queue.js'
import type { IfMatchError } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import type { Outcome } from '../../core/machine.js'
import type { Demand } from '../demand.js'
import type { ExpressRequest } from '../express-types.js'
import type { RequestKey } from '../key.js'
import type { Setup } from '../setup.js'
import type { Explainer } from '../stale-write.js'
import type { AnyWrite } from '../write-handle.js'
import type { ABORTED, ClaimSet } from './claim-set.js'

/** A write that asks to begin. */
export interface SessionRequest {
  readonly setup: Setup
  /** undefined for a table */
  readonly claims: Claims | undefined
  readonly req: ExpressRequest
  readonly res: ServerResponse
  readonly key: RequestKey
  readonly demand: Demand
  /** when it came, by the clock; 0 where its client does not say how long it would wait */
  readonly arrived: number
  /** whether a write without a precondition is refused */
  readonly required: boolean
  /** the handler writes inside `write.transaction`, and needs no claim */
  readonly transaction: boolean
  /** it may go away while the write still waits */
  readonly client: Client
  /** throws the refusal; under `observe` it is only reported, and the write goes on */
  refuse(error: IfMatchError): void
  /** the same without the throw: true where the request ends by it */
  enforces(error: IfMatchError): boolean
}

/** A write that has begun, or why none has. */
export type Opened = WriteSession | typeof ABORTED | IfMatchError

/** How a guarded write ended: the version to answer with, or what must be answered instead. */
export type Settled =
  | { readonly problem?: undefined; readonly version: string | undefined; readonly outcome: Outcome['kind'] }
  | { readonly problem: IfMatchError; readonly outcome: Outcome['kind'] }

/** Who judges: the guard that makes a demand, in its own mode, which need not be that of the guard around it. */
export type Judge = Pick<SessionRequest, 'setup' | 'refuse'>

/** One guarded write, from its claim (or none, on a table) to its settlement. */
export interface WriteSession extends Explainer {
  readonly handle: AnyWrite
  /** the claims that it holds, for a guard within this one */
  readonly claims?: ClaimSet | undefined
  /** the demand of a guard within this one, on a key of this one: judged now or, without a claim, in the transaction */
  alsoDemand(key: string, expectation: Expectation, by: Judge): void
  /** further keys that a guard within this one moves, where this one holds no claims to add them to */
  alsoMove?(keys: readonly string[]): void
  /** the version that the answer's body would have, were it a success: for `bodyVersion` on a ledger */
  nextVersion(): string | undefined
  /** the version that an answered JSON object shows, where that is how the application tells it */
  versionOfAnswer?(body: unknown): string | undefined
  /** the version that it answers with is that of a row which it created itself */
  readonly created?: boolean
  /** what must be answered where the handler has come to its end, and the one answer that it gave was taken back */
  unanswered?(): IfMatchError | undefined
  /** called once, when the handler has begun to answer; never rejects */
  settle(status: number): MaybePromise<Settled>
  /** gives up without an answer: the handler held the key for too long, or its body never came */
  abandon(): MaybePromise<void>
}

/** What a handler said of its own write, beside its status. */
export interface Remarks {
  unchanged: boolean
  wrote: boolean
  /** a success that it answered inside a transaction, which then failed: the answer was taken back */
  dropped?: { readonly cause: unknown } | undefined
}
