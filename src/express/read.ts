import type { ServerResponse } from 'node:http'
import { judge } from '../core/expectation.js'
import { ledgerVersion } from '../core/ledger.js'
import { formatTag } from '../core/version.js'
import { spareHash } from './answer-body.js'
import { endNotModified } from './answer-headers.js'
import { demandOf } from './demand.js'
import { isAuthorized } from './authorized.js'
import { handledIsHeard, publishHandled } from './events.js'
import type { ExpressRequest, Next } from './express-types.js'
import { conditionalLines, hideEvaluated } from './header-lines.js'
import { HeldAnswer, type Decision } from './held-answer.js'
import type { RequestKey } from './key.js'
import { failedDemand } from './refused.js'
import { RefusalWatch } from './refusal-watch.js'
import { setupFor } from './request-mode.js'
import { respond } from './respond.js'
import { storeUnavailable } from './sessions/claim-one.js'
import { rowVersion } from './sessions/row-version.js'
import type { Setup } from './setup.js'
import { decideFreshnessLater, ownOrNotModified, tagRead, type ReadState } from './tag-read.js'

export interface ReadOptions {
  /** answers 304 without the handler; only for routes whose every writer goes through the library */
  readonly skip?: boolean
}

/** Puts an entity tag on what the handler reads, and turns it into a 304 where the client has it already. */
export async function guardRead(
  asked: Setup,
  options: ReadOptions,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): Promise<void> {
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    next()
    return
  }
  let answered = false
  try {
    const setup = setupFor(asked, req)
    const watch = new RefusalWatch(setup, req)
    if (!(await isAuthorized(setup, req))) watch.forbid()
    const key = watch.attempt(() => setup.key.read(req), undefined)
    if (key !== undefined) {
      watch.key = key.key
      if (handledIsHeard()) publishHandled({ instance: setup.way, did: 'read', request: req })
      const state = await readState(setup, req, key)
      watch.attempt(() => {
        evaluateMatch(setup, req, key, state)
      }, undefined)
      if (options.skip === true) answered = skipRead(setup, state, req, res)
      else tagRead(setup, key, state, req, res)
    }
  } catch (error) {
    respond(asked, error, req, res, next)
    return
  }
  if (!answered) next()
}

async function readState(setup: Setup, req: ExpressRequest, key: RequestKey): Promise<ReadState> {
  const { way, claims } = setup
  if (way.kind === 'current') {
    const row = await way.current(req)
    const missing = row === undefined || row === null
    return { version: missing ? undefined : rowVersion(way, row), missing }
  }
  try {
    if (way.kind === 'table') {
      const row = await way.table.find(key.identity)
      return { version: row === undefined ? undefined : way.table.versionOf(row), missing: row === undefined }
    }
    const record = await claims?.read(key.key)
    if (record === undefined) return { version: undefined, missing: false }
    return {
      version: ledgerVersion(way.ledger.epoch, record.count),
      missing: record.existence === 'deleted',
      record,
    }
  } catch (error) {
    // without a precondition nothing depends on the version: the answer goes out, without a tag
    if (req.headers['if-match'] !== undefined) throw storeUnavailable(key.key, error)
    return { version: undefined, missing: false }
  }
}

/** If-Match on a read asks whether the state is still the one of an earlier read (§13.1.1): 412 where it is not. */
export function evaluateMatch(setup: Setup, req: ExpressRequest, key: RequestKey, state: ReadState): void {
  const { headers } = req
  if (headers['if-match'] === undefined && headers['if-unmodified-since'] === undefined) return
  // whether the client has it already is for the answer to say, and no demand
  const lines = conditionalLines(req).filter(([name]) => name.toLowerCase() !== 'if-none-match')
  const { expectation } = demandOf({ ...setup, bodyVersion: false }, req, lines)
  const existence = state.missing
    ? 'deleted'
    : setup.way.kind === 'ledger'
      ? (state.record?.existence ?? 'unknown')
      : 'present'
  const verdict = judge(expectation, { version: state.version ?? '', existence })
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

/**
 * A version that stands still says it all: no content part, and no tag at all while a write is under way. True
 * where the answer was given, without the handler.
 */
function skipRead(setup: Setup, state: ReadState, req: ExpressRequest, res: ServerResponse): boolean {
  const steady = state.version !== undefined && !state.missing && (state.record?.claim ?? null) === null
  const etag = steady ? formatTag(state.version) : undefined
  const decide = (status: number): Decision =>
    etag === undefined || status !== 200
      ? { answer: 'own', etag: undefined }
      : ownOrNotModified(req, res, etag, setup.weakTags)
  // only a tag can spare the handler its run: whether `*` holds is for it to say
  if (req.headers['if-none-match'] !== '*') {
    const decision = decide(res.statusCode)
    if (decision.answer === 'not-modified') {
      endNotModified(res, decision.etag, res)
      return true
    }
  }
  decideFreshnessLater(req, res)
  new HeldAnswer(req, res, { decide: ({ status }) => decide(status) })
  spareHash(res)
  return false
}
