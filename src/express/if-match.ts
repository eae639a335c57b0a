import type { IncomingMessage, ServerResponse } from 'node:http'
import { IfMatchError, optionError } from '../core/errors.js'
import { ledgerVersion } from '../core/ledger.js'
import type { ExpressRequest, Middleware, Next } from './express-types.js'
import { guardWrite, type GuardMode } from './guard.js'
import type { AnyOptions, CurrentOptions, LedgerOptions, TableOptions } from './options.js'
import { guardRead, type ReadOptions } from './read.js'
import { sendRow } from './send.js'
import { setupOf, type Setup } from './setup.js'
import { trackPost } from './tree.js'
import {
  handleOf,
  type AnyWrite,
  type CurrentWrite,
  type LedgerWrite,
  type TableWrite,
} from './write-handle.js'

export interface GuardOptions {
  /** overrides the option of the same name for this route */
  readonly required?: boolean
  /**
   * the handler does all of its writing in `write.transaction`: then no claim is made before it. Only with a
   * ledger that has transactions.
   */
  readonly transaction?: boolean
}

/** The parts that every way has. */
export interface Guards<Write extends AnyWrite, Row> {
  /** before a GET handler: entity tags, and 304 */
  read(options?: ReadOptions): Middleware
  /** around a write handler: it gets the handle, may be async, and what it throws reaches the error handler */
  wrap<Req extends IncomingMessage, Res extends ServerResponse>(
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
export interface LedgerGuards<Client = never> extends Guards<LedgerWrite<Client>, never>, Middleware {
  /** before a write handler that stays as it is */
  guard(options?: GuardOptions): Middleware
}

export type TableGuards<Row, Client = never> = Guards<TableWrite<Row, Client>, Row>

export interface CurrentGuards<Row> extends Guards<CurrentWrite<Row>, Row> {
  guard(options?: GuardOptions): Middleware
}

/**
 * Makes the guards of one kind of resource. Exactly one thing counts its versions: a `ledger` (the default, in
 * memory), the application's `table`, or whatever `current` finds.
 *
 * Throws `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID` or `ERR_OPTIONS_CONFLICT` on options that will not do.
 */
export function ifMatch<Row, Client = never>(options: TableOptions<Row, Client>): TableGuards<Row, Client>
export function ifMatch<Row>(options: CurrentOptions<Row>): CurrentGuards<Row>
export function ifMatch<Client = never>(options?: LedgerOptions<Client>): LedgerGuards<Client>
export function ifMatch(options: unknown = {}): unknown {
  const setup = setupOf(options as AnyOptions)
  const guards = {
    read: (readOptions: ReadOptions = {}): Middleware =>
      function ifMatchRead(req, res, next) {
        void guardRead(setup, readOptions, req, res, next)
      },
    guard: (guardOptions: GuardOptions = {}): Middleware => guardMiddleware(setup, guardOptions),
    wrap: (
      handler: (req: ExpressRequest, res: ServerResponse, write: AnyWrite) => unknown,
      guardOptions: GuardOptions = {},
    ): Middleware => wrapMiddleware(setup, handler, guardOptions),
    send: (res: ServerResponse, row: unknown) => {
      sendRow(setup, res, row)
    },
    touch: async (keys: string | readonly string[]) => {
      const { claims } = withClaims(setup, 'touch')
      await Promise.all((typeof keys === 'string' ? [keys] : keys).map((key) => claims.move(key)))
    },
    versions: async (keys: readonly string[]) => {
      const { claims } = withClaims(setup, 'versions')
      return (await claims.readMany(keys)).map((record) => ledgerVersion(claims.epoch, record.count))
    },
  }
  return Object.assign(treeMiddleware(setup), guards)
}

function guardMiddleware(setup: Setup, options: GuardOptions): Middleware {
  if (setup.way.kind === 'table') {
    throw optionError(
      'guard()',
      setup.way.table.name,
      'A guard before the handler protects nothing on a table, for the write itself must compare: use wrap((req, res, write) => …) and write.update.',
      'ERR_TABLE_GUARD',
    )
  }
  const mode = modeOf(setup, options)
  return function ifMatchGuard(req, res, next) {
    const run = () => {
      next()
      return undefined
    }
    void guardWrite(setup, { ...mode, run }, req, res, next)
  }
}

function wrapMiddleware(
  setup: Setup,
  handler: (req: ExpressRequest, res: ServerResponse, write: AnyWrite) => unknown,
  options: GuardOptions,
): Middleware {
  const mode = modeOf(setup, options)
  return function ifMatchWrap(req, res, next) {
    const run: GuardMode['run'] = (session) => {
      // as an async function, so that a throw and a rejection are one and the same, in Express 4 too
      const running = (async () => {
        await handler(req, res, session?.handle ?? handleOf(req) ?? noHandle(req))
      })()
      if (session !== undefined) return running
      running.catch(next)
      return undefined
    }
    void guardWrite(setup, { ...mode, run }, req, res, next)
  }
}

function modeOf(setup: Setup, options: GuardOptions): Omit<GuardMode, 'run'> {
  const { required = setup.required ?? true, transaction = false } = options
  if (transaction && (setup.way.kind !== 'ledger' || setup.way.ledger.transaction === undefined)) {
    throw optionError(
      'transaction',
      transaction,
      "It needs a ledger in the application's own database, such as sqliteLedger(db).",
      'ERR_OPTIONS_CONFLICT',
    )
  }
  return { required, transaction }
}

/** Safe methods have nothing to write: their handlers get a handle that says so. */
function noHandle(req: IncomingMessage): never {
  throw new IfMatchError(
    'ERR_NO_PRECONDITION',
    `wrap(): ${req.method ?? ''} changes nothing, so there is no write to guard. Use read() there (ERR_NO_PRECONDITION, see docs/errors.md)`,
  )
}

function treeMiddleware(setup: Setup): Middleware {
  const required = setup.required ?? false
  return function ifMatchTree(req, res, next) {
    if (setup.way.kind !== 'ledger') {
      next(
        optionError(
          'app.use(ifMatch(…))',
          setup.way.kind,
          'A whole tree is guarded by a ledger. Use read(), guard() or wrap() on each route.',
          'ERR_OPTIONS_CONFLICT',
        ),
      )
      return
    }
    if (req.method === 'GET' || req.method === 'HEAD') void guardRead(setup, {}, req, res, next)
    else if (req.method === 'POST') void trackPost(setup, req, res, next)
    else {
      const run = () => {
        next()
        return undefined
      }
      void guardWrite(setup, { required, transaction: false, run }, req, res, next)
    }
  }
}

function withClaims(setup: Setup, method: string): { claims: NonNullable<Setup['claims']> } {
  if (setup.claims !== undefined) return { claims: setup.claims }
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `${method}(): the versions of a table are in its rows; write them there, or read them with the rows (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}
