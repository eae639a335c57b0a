import type { ServerResponse } from 'node:http'
import { IfMatchError, optionError } from '../core/errors.js'
import { ledgerVersion, type MaybePromise } from '../core/ledger.js'
import { isPromise, rejected } from '../core/promise.js'
import type { ExpressRequest, Middleware } from './express-types.js'
import { guardWrite, type GuardMode, type Run } from './guard.js'
import type { AnswerLike, CurrentGuards, GuardOptions, LedgerGuards, TableGuards } from './guards.js'
import { routeKeys } from './key.js'
import { guardMarks, marked } from './mark.js'
import type { AnyOptions, CurrentOptions, KeyOption, LedgerOptions, TableOptions } from './options.js'
import { isRead } from './methods.js'
import { guardRead, type ReadOptions } from './read.js'
import { sendRow } from './send.js'
import { setupOf, withMode, type Setup } from './setup.js'
import { trackPost } from './tree.js'
import { validateGuardOptions } from './validate-options.js'
import { absentHandle, handleOf } from './request-handle.js'
import type { AnyWrite } from './write-handle.js'

/**
 * Makes the guards of one kind of resource. Exactly one thing counts its versions: a `ledger` (the default, in
 * memory), the application's `table`, or whatever `current` finds.
 *
 * Throws `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID` or `ERR_OPTIONS_CONFLICT` on options that will not do.
 */
export function ifMatch<
  Row,
  Client = unknown,
  Found = MaybePromise<Row | undefined>,
  const Key extends KeyOption | undefined = KeyOption | undefined,
>(options: TableOptions<Row, Client, Found, Key>): TableGuards<Row, Client, AnswerLike<Found, Row>, Key>
export function ifMatch<Row, const Key extends KeyOption | undefined = KeyOption | undefined>(
  options: CurrentOptions<Row, Key>,
): CurrentGuards<Row, Key>
export function ifMatch<Client = unknown, const Key extends KeyOption | undefined = KeyOption | undefined>(
  options?: LedgerOptions<Client, Key>,
): LedgerGuards<Client, Key>
export function ifMatch(options: unknown = {}): unknown {
  const setup = setupOf(options as AnyOptions)
  const mark = guardMarks(setup, (options as AnyOptions).key)
  const guards = {
    read: (readOptions: ReadOptions = {}): Middleware =>
      marked(readMiddleware(onRoute(setup, 'read()'), readOptions), mark('read')),
    guard: (guardOptions: GuardOptions = {}): Middleware =>
      marked(guardMiddleware(onRoute(setup, 'guard()'), guardOptions), mark('guard', guardOptions)),
    wrap: (
      handler: (req: ExpressRequest, res: ServerResponse, write: AnyWrite) => unknown,
      guardOptions: GuardOptions = {},
    ): Middleware =>
      marked(
        wrapMiddleware(onRoute(setup, 'wrap()'), handler, guardOptions),
        mark('wrap', { required: guardOptions.required, handler }),
      ),
    send: marked((res: ServerResponse, row: unknown) => {
      sendRow(setup, res, row)
    }, mark('send')),
    touch: async (keys: string | readonly string[]) => {
      const { claims } = withClaims(setup, 'touch')
      const named = typeof keys === 'string' ? [keys] : keys
      await Promise.all(
        named.map(async (name) => {
          const key = setup.key.canonical(name)
          await claims.move(key)
          setup.turns.committed(key)
        }),
      )
    },
    versions: async (keys: readonly string[]) => {
      const { claims } = withClaims(setup, 'versions')
      const records = await claims.readMany(keys.map((key) => setup.key.canonical(key)))
      return records.map((record) => ledgerVersion(claims.epoch, record.count))
    },
  }
  return Object.assign(marked(treeMiddleware(setup), mark('tree')), guards)
}

/** For a route of its own, whose path must have the key. */
function onRoute(setup: Setup, method: string): Setup {
  return { ...setup, key: routeKeys(setup.key, method) }
}

function readMiddleware(setup: Setup, options: ReadOptions): Middleware {
  return function ifMatchRead(req, res, next) {
    guardRead(setup, options, req, res, next)
  }
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
  const { asked, mode } = onWrites(setup, 'guard', options)
  return function ifMatchGuard(req, res, next) {
    guardWrite(asked, mode, undefined, req, res, next)
  }
}

function wrapMiddleware(
  setup: Setup,
  handler: (req: ExpressRequest, res: ServerResponse, write: AnyWrite) => unknown,
  options: GuardOptions,
): Middleware {
  const { asked, mode } = onWrites(setup, 'wrap', options)
  return function ifMatchWrap(req, res, next) {
    const run: Run = (session) => {
      try {
        const result = handler(req, res, session?.handle ?? handleOf(req) ?? absentHandle(req))
        // a handler without a promise says nothing of its end by returning
        return isPromise(result) ? Promise.resolve(result) : undefined
      } catch (error) {
        // a throw and a rejection are one and the same, in Express 4 too
        return rejected(error)
      }
    }
    guardWrite(asked, mode, run, req, res, next)
  }
}

/** The options of all routes, as this one has them. */
function onWrites(setup: Setup, method: string, options: GuardOptions): { asked: Setup; mode: GuardMode } {
  validateGuardOptions(method, options)
  const { mode } = options
  return {
    asked: mode === undefined ? setup : { ...setup, ...withMode(mode) },
    mode: modeOf(setup, options),
  }
}

function modeOf(setup: Setup, options: GuardOptions): GuardMode {
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

function treeMiddleware(setup: Setup): Middleware {
  const mode: GuardMode = { required: setup.required ?? false, transaction: false }
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
    if (isRead(req)) guardRead(setup, {}, req, res, next)
    else if (req.method === 'POST') void trackPost(setup, req, res, next)
    else guardWrite(setup, mode, undefined, req, res, next)
  }
}

function withClaims(setup: Setup, method: string): { claims: NonNullable<Setup['claims']> } {
  if (setup.claims !== undefined) return { claims: setup.claims }
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `${method}(): the versions of a table are in its rows; write them there, or read them with the rows (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}
