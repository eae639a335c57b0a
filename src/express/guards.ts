import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MaybePromise } from '../core/ledger.js'
import type { HandlerRequest, HandlerResponse, Middleware, Next } from './express-types.js'
import type { ModeOption } from './options.js'
import type { ReadOptions } from './read.js'
import type { AnyWrite, CurrentWrite, LedgerWrite, TableWrite } from './write-handle.js'

export interface GuardOptions {
  /** overrides the option of the same name for this route */
  readonly required?: boolean
  /** overrides the option of the same name for this route */
  readonly mode?: ModeOption
  /**
   * the handler does all of its writing in `write.transaction`: then no claim is made before it. Only with a
   * ledger that has transactions.
   */
  readonly transaction?: boolean
}

/** The parts that every way has. */
export interface Guards<Write extends AnyWrite, Row, Key> {
  /** before a GET handler: entity tags, and 304 */
  read(options?: ReadOptions): Middleware
  /**
   * around a write handler: it gets the handle, may be async, and what it throws reaches the error handler. Its
   * `req.params` are those that the key names, unless it declares its own.
   */
  wrap<Req extends IncomingMessage = HandlerRequest<Key>, Res extends ServerResponse = HandlerResponse>(
    handler: (req: Req, res: Res, write: Write) => unknown,
    options?: GuardOptions,
  ): (req: Req, res: Res, next: Next) => void
  /** answers with a row and its entity tag, 304 or, without a row, 404 */
  send(res: ServerResponse, row: Row | null | undefined): void
  /** moves the versions of keys that something else has written: a job, a console */
  touch(keys: string | readonly string[]): Promise<void>
  /** the versions of several keys in one trip, in the order of `keys`: read them before the data */
  versions(keys: readonly string[]): Promise<readonly string[]>
}

/** Guards over a ledger; itself a middleware for a whole tree of routes. */
export interface LedgerGuards<Client = unknown, Key = unknown>
  extends Guards<LedgerWrite<Client>, never, Key>, Middleware {
  /** before a write handler that stays as it is */
  guard(options?: GuardOptions): Middleware
}

/** Guards over a table; `Answer`: what its writes answer inside a transaction, at once or later. */
export type TableGuards<Row, Client = unknown, Answer = MaybePromise<Row>, Key = unknown> = Guards<
  TableWrite<Row, Client, Answer>,
  Row,
  Key
>

export interface CurrentGuards<Row, Key = unknown> extends Guards<CurrentWrite<Row>, Row, Key> {
  guard(options?: GuardOptions): Middleware
}

/** How the writes of a table answer whose `find` answers so. */
export type AnswerLike<Found, Row> = [Found] extends [PromiseLike<unknown>]
  ? Promise<Row>
  : [Extract<Found, PromiseLike<unknown>>] extends [never]
    ? Row
    : MaybePromise<Row>
