import type { ServerResponse } from 'node:http'
import { noteVersion } from './answer-version.js'
import { IfMatchError } from '../core/errors.js'
import type { ExpressRequest, ExpressResponse } from './express-types.js'
import { writeProblem } from './problem-answer.js'
import { evaluateMatch } from './read.js'
import { refusal } from './refusal.js'
import { rowVersion } from './sessions/row-version.js'
import type { Setup } from './setup.js'
import { isReading, tagRead } from './tag-read.js'

/**
 * Answers with a row in hand, and with the entity tag of that row: a read gets its 304 from it, a guarded
 * write the tag of what it made. Without a row: 404.
 */
export function sendRow(setup: Setup, res: ServerResponse, row: unknown): void {
  const answer: ExpressResponse & { req: ExpressRequest } = res
  const { req } = answer
  if (row === undefined || row === null) {
    const { problem, headers } = refusal('not-found')
    if (problem !== undefined) writeProblem(req, res, problem, headers)
    return
  }
  const version = versionOf(setup, row)
  if ((req.method === 'GET' || req.method === 'HEAD') && !isReading(res)) {
    const state = { version, missing: false }
    const key = setup.key.read(req)
    if (key !== undefined) evaluateMatch(setup, req, key, state)
    tagRead(setup, key, state, req, res)
  }
  noteVersion(res, version)
  if (answer.json !== undefined) answer.json(row)
  else res.setHeader('Content-Type', 'application/json; charset=utf-8').end(JSON.stringify(row))
}

function versionOf({ way }: Setup, row: unknown): string {
  if (way.kind === 'table') return way.table.versionOf(row)
  if (way.kind === 'current') return rowVersion(way, row)
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    'send(res, row): a ledger cannot tell the version from a row. Put read() before the handler, and answer with res.json (ERR_WRITE_UNSUPPORTED, see docs/errors.md)',
  )
}
