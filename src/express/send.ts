import type { ServerResponse } from 'node:http'
import { IfMatchError } from '../core/errors.js'
import { formatTag } from '../core/version.js'
import { noteVersion } from './answer-version.js'
import { handledIsHeard, publishHandled } from './events.js'
import type { ExpressRequest, ExpressResponse } from './express-types.js'
import { writeProblem } from './problem-answer.js'
import { isRead } from './methods.js'
import { isRefusal } from './problems.js'
import { evaluateMatch } from './read.js'
import { refusal } from '../core/refusal.js'
import { carriesTag } from './sessions/outcome.js'
import { rowModified, rowVersion } from './sessions/row-version.js'
import type { Setup } from './setup.js'
import { isReading, TaggedRead, type ReadState } from './tag-read.js'

/**
 * Answers with a row in hand, and with the entity tag of that row: a read gets its 304 from it, a guarded
 * write the tag of what it made. Without a row: 404.
 */
export function sendRow(setup: Setup, res: ServerResponse, row: unknown): void {
  const answer: ExpressResponse & { req: ExpressRequest } = res
  try {
    if (row === undefined || row === null) throw refusal('not-found')
    const version = versionOf(setup, row)
    if (handledIsHeard()) publishHandled({ instance: setup.way, did: 'read', request: answer.req })
    if (isUnguardedRead(answer.req, res)) holdRead(setup, stateOf(setup, row, version), answer.req, res)
    // where a guard holds the answer its tag replaces this one; a write without a guard has no other
    else if (!isReading(res) && carriesTag(res.statusCode, answer.req.method))
      res.setHeader('ETag', formatTag(version))
    noteVersion(res, version)
  } catch (error) {
    // a refusal is answered here: thrown in an async handler of Express 4 it would reach nobody
    if (!isRefusal(error)) throw error
    writeProblem(answer.req, res, error.problem, error.headers)
    return
  }
  if (answer.json !== undefined) answer.json(row)
  else res.setHeader('Content-Type', 'application/json; charset=utf-8').end(JSON.stringify(row))
}

function isUnguardedRead(req: ExpressRequest, res: ServerResponse): boolean {
  return isRead(req) && !isReading(res)
}

function stateOf({ way }: Setup, row: unknown, version: string): ReadState {
  const modified = way.kind === 'current' ? rowModified(way, row) : undefined
  return { version, missing: false, modified }
}

function holdRead(setup: Setup, state: ReadState, req: ExpressRequest, res: ServerResponse): void {
  const key = setup.key.read(req)
  if (key !== undefined) evaluateMatch(setup, req, key, state)
  new TaggedRead(setup, key, state, req, res)
}

function versionOf({ way }: Setup, row: unknown): string {
  if (way.kind === 'table') return way.table.versionOf(row)
  if (way.kind === 'current') return rowVersion(way, row)
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    'send(res, row): a ledger cannot tell the version from a row. Put read() before the handler, and answer with res.json (ERR_WRITE_UNSUPPORTED, see docs/errors.md)',
  )
}
