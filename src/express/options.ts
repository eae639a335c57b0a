import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import type { Clock } from '../core/clock.js'
import type { IfMatchError } from '../core/errors.js'
import type { Ledger, MaybePromise } from '../core/ledger.js'
import type { Identity, Table } from '../core/table.js'
import type { AnyHandlerRequest, Asked, ExpressRequest, HandlerResponse, Next } from './express-types.js'

/** How long a claim may last; all in ms. */
export interface ClaimOptions {
  /** a claim that was not renewed for so long is over; default 30,000 */
  readonly lease?: number
  /** how long a second writer waits for the first, and a loser whose client prefers to wait for its turn; how long the store may take for one answer; default 2,000 */
  readonly wait?: number
  /** how long one handler may hold a key at all; default 300,000 */
  readonly max?: number
  /** how long a body may still be arriving under a claim; default 5,000 */
  readonly body?: number
  /**
   * what is left of this invocation, where timers freeze between requests (Lambda): the lease is that long and
   * is not renewed
   */
  readonly remaining?: (req: IncomingMessage) => number
}

/** Whether a request that should be refused is, or is only reported; a function decides for each request. */
export type ModeOption = 'enforce' | 'observe' | Asked<ExpressRequest, 'enforce' | 'observe'>

/** A template (`articles/:id`), matched at any mount, or a function; undefined leaves the request alone. */
export type KeyOption = string | Asked<ExpressRequest, string | undefined>

interface Answering {
  answer(error: IfMatchError, req: AnyHandlerRequest, res: HandlerResponse, next: Next): unknown
}

interface CommonOptions<Key extends KeyOption | undefined = KeyOption | undefined> {
  /** a template (`articles/:id`), matched at any mount, or a function; undefined leaves the request alone */
  readonly key?: Key
  /** normalises the template's parameters (`042` is `42`), or answers 400 */
  readonly params?: z.ZodType<Record<string, unknown>>
  /** whether a write without a precondition is refused with 428; default true, for a whole tree false */
  readonly required?: boolean
  /** the member of the body that carries the version; false for none */
  readonly bodyVersion?: string | false
  /** of a version conflict; `auto`: 412 where a header failed, 409 where the body did; default 409 */
  readonly status?: 409 | 412 | 'auto'
  /**
   * `observe`: nothing is refused, everything is claimed, counted and reported; default `enforce`. A function decides for each
   * request: `enforceFor` of `express-if-match/observe` for a share of the clients. One that throws, or gives anything
   * else, is a mistake, which goes to the error handler before the handler runs
   */
  readonly mode?: ModeOption
  /** runs before anything is looked up; whatever is not true answers 403; a throw goes to the error handler */
  readonly authorize?: Asked<AnyHandlerRequest, MaybePromise<boolean>>
  /** what a conflict may say of the current state */
  readonly reveal?: 'nothing' | 'version' | 'representation'
  /** `accept`: our own tag still counts after a proxy weakened it (`W/`, `-gzip`) */
  readonly weakTags?: 'reject' | 'accept'
  readonly claim?: ClaimOptions
  /** who answers a refusal: the library, the application's error handler, or this function */
  readonly respond?: 'problem' | 'next' | Answering['answer']
  /** the keys, besides its own, that a route changes */
  readonly moves?: Asked<AnyHandlerRequest, readonly string[]>
  readonly clock?: Clock
}

/** The library counts, in a store of its own. */
export interface LedgerOptions<
  Client = unknown,
  Key extends KeyOption | undefined = KeyOption | undefined,
> extends CommonOptions<Key> {
  /** default: a memory ledger */
  readonly ledger?: Ledger<Client>
  readonly table?: undefined
  readonly current?: undefined
}

/** The application's version column counts, and the write itself compares it. */
export interface TableOptions<
  Row,
  Client = unknown,
  Found = MaybePromise<Row | undefined>,
  Key extends KeyOption | undefined = KeyOption | undefined,
> extends CommonOptions<Key> {
  /** `Found`: whether it answers at once or with promises, which is how it answers inside a transaction too */
  readonly table: Table<Row, Client> & { find(identity: Identity): Found }
  readonly ledger?: undefined
  readonly current?: undefined
  /** the JSON of a row that a conflict may show */
  readonly represent?: (row: Row) => unknown
}

/** The application looks the row up by its own means. */
export interface CurrentOptions<
  Row,
  Key extends KeyOption | undefined = KeyOption | undefined,
> extends CommonOptions<Key> {
  /** the row as it is now, undefined or null where it does not exist; runs under the claim */
  readonly current: Asked<ExpressRequest, MaybePromise<Row | null | undefined>>
  /** the row's version member, or a function of the row; without it the hash of the row's JSON */
  readonly version?: (keyof Row & string) | ((row: Row) => string | number | bigint | Date)
  /**
   * whether an error that a handler throws says that its write found another version, beside those that ORMs are
   * known to throw: the row is looked up again, and what has changed or gone is a conflict. Else the error passes on
   */
  readonly stale?: (error: unknown) => boolean
  /** where the claims are kept; default: a memory ledger */
  readonly ledger?: Omit<Ledger, 'transaction'>
  readonly table?: undefined
  readonly represent?: (row: Row) => unknown
}

export type AnyOptions = LedgerOptions | TableOptions<unknown> | CurrentOptions<unknown>
