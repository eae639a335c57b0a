import type { ServerResponse } from 'node:http'
import { judge } from '../core/expectation.js'
import { ledgerVersion, type MaybePromise } from '../core/ledger.js'
import { chain, isPromise } from '../core/promise.js'
import type { LedgerRecord } from '../core/record.js'
import { isAuthorized } from './authorized.js'
import { demandOf } from './demand.js'
import { handledIsHeard, publishHandled } from './events.js'
import type { ExpressRequest, Next } from './express-types.js'
import { conditionalLines, hideEvaluated } from './header-lines.js'
import type { RequestKey } from './key.js'
import { failedDemand } from './refused.js'
import { RefusalWatch } from './refusal-watch.js'
import { setupFor } from './request-mode.js'
import { respond } from './respond.js'
import { storeUnavailable } from './sessions/claim-one.js'
import { inRowTerms, rowModified, rowVersion } from './sessions/row-version.js'
import type { Setup } from './setup.js'
import { skipRead } from './skip-read.js'
import { TaggedRead, type ReadState } from './tag-read.js'

export interface ReadOptions {
  /**
   * answers 304 without the handler; only for routes whose every writer goes through the library, and whose answer
   * depends on nothing but the resource
   */
  readonly skip?: boolean
}

/**
 * Puts an entity tag on what the handler reads, and turns it into a 304 where the client has it already. Where nothing
 * has to be waited for, the handler runs before this returns.
 */
export function guardRead(
  asked: Setup,
  options: ReadOptions,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): void {
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    next()
    return
  }
  let answered: MaybePromise<boolean>
  try {
    answered = beginRead(setupFor(asked, req), options, req, res)
  } catch (error) {
    respond(asked, error, req, res, next)
    return
  }
  if (isPromise(answered)) {
    answered.then(
      (itWas) => {
        if (!itWas) next()
      },
      (error: unknown) => {
        respond(asked, error, req, res, next)
      },
    )
  } else if (!answered) next()
}

/** True where the answer was given, without the handler. Throws, or rejects with, the refusal. */
function beginRead(
  setup: Setup,
  options: ReadOptions,
  req: ExpressRequest,
  res: ServerResponse,
): MaybePromise<boolean> {
  const watch = new RefusalWatch(setup, req)
  return chain(isAuthorized(setup, req), (allowed) => {
    if (!allowed) watch.forbid()
    const key = watch.attempt(() => setup.key.read(req), undefined)
    if (key === undefined) return false
    watch.key = key.key
    if (handledIsHeard()) publishHandled({ instance: setup.way, did: 'read', request: req })
    return chain(stateOf(setup, req, key), (state) => {
      watch.attempt(() => {
        evaluateMatch(setup, req, key, state)
      }, undefined)
      if (options.skip === true) return skipRead(setup, state, req, res)
      new TaggedRead(setup, key, state, req, res)
      return false
    })
  })
}

function stateOf(setup: Setup, req: ExpressRequest, key: RequestKey): MaybePromise<ReadState> {
  const { way } = setup
  if (way.kind === 'current') {
    const found = way.current(req)
    // an ORM's query may be a promise in nothing but its `then`
    return chain(isPromise(found) ? Promise.resolve(found) : found, (row) => {
      const missing = row === undefined || row === null
      if (missing) return { version: undefined, missing }
      return { version: rowVersion(way, row), missing, modified: rowModified(way, row) }
    })
  }
  // without a precondition nothing depends on the version: the answer goes out, without a tag
  const unavailable = (error: unknown): ReadState => {
    if (req.headers['if-match'] !== undefined) throw storeUnavailable(key.key, error)
    return { version: undefined, missing: false }
  }
  try {
    const state = storedState(setup, key)
    return isPromise(state) ? state.catch(unavailable) : state
  } catch (error) {
    return unavailable(error)
  }
}

function storedState({ way, claims }: Setup, key: RequestKey): MaybePromise<ReadState> {
  if (way.kind === 'table')
    return chain(way.table.find(key.identity), (row) =>
      row === undefined
        ? { version: undefined, missing: true }
        : { version: way.table.versionOf(row), missing: false },
    )
  if (way.kind !== 'ledger' || claims === undefined) return { version: undefined, missing: false }
  const { epoch } = way.ledger
  return chain(claims.read(key.key), (record) => stateIn(epoch, record))
}

function stateIn(epoch: string, record: LedgerRecord): ReadState {
  return {
    version: ledgerVersion(epoch, record.count),
    missing: record.existence === 'deleted',
    record,
  }
}

/**
 * If-Match on a read asks whether the state is still the one of an earlier read (§13.1.1), and so does If-Unmodified-Since
 * where its date is known (§13.1.4): 412 where it is not.
 */
export function evaluateMatch(setup: Setup, req: ExpressRequest, key: RequestKey, state: ReadState): void {
  const { headers } = req
  if (headers['if-match'] === undefined && headers['if-unmodified-since'] === undefined) return
  // whether the client has it already is for the answer to say, and no demand
  const lines = conditionalLines(req).filter(([name]) => name !== 'if-none-match')
  const { expectation } = demandOf({ ...setup, bodyVersion: false }, req, lines)
  const existence = state.missing
    ? 'deleted'
    : setup.way.kind === 'ledger'
      ? (state.record?.existence ?? 'unknown')
      : 'present'
  const { version = '', modified } = state
  const known = modified === undefined ? { version, existence } : { version, existence, modified }
  const verdict = judge(inRowTerms(expectation, modified), known)
  // `*` on a read whose existence is unknown is answered by the handler itself: 404 or the representation
  if (!verdict.pass && verdict.code !== 'existence-unknown') {
    throw failedDemand({ ...setup, status: 412 }, verdict, {
      key: key.key,
      expectation,
      version: state.version,
      reading: true,
    })
  }
  hideEvaluated(req, 'if-match')
}
