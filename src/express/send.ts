import type { ServerResponse } from 'node:http'
import { notedVersion, noteVersion } from './answer-version.js'
import { IfMatchError } from '../core/errors.js'
import type { ExpressRequest, ExpressResponse } from './express-types.js'
import { writeProblem } from './problem-answer.js'
import { tagRead } from './read.js'
import { refusal } from './refusal.js'
import { rowVersion } from './sessions/row-version.js'
import type { Setup } from './setup.js'

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
  const isRead = req.method === 'GET' || req.method === 'HEAD'
  const reading = notedVersion(res) !== undefined || Object.hasOwn(req, 'fresh')
  noteVersion(res, versionOf(setup, row))
  const respond = () => {
    if (answer.json !== undefined) answer.json(row)
    else res.setHeader('Content-Type', 'application/json; charset=utf-8').end(JSON.stringify(row))
  }
  if (isRead && !reading) tagRead(setup, undefined, { version: undefined, missing: false }, req, res, respond)
  else respond()
}

function versionOf({ way }: Setup, row: unknown): string {
  if (way.kind === 'table') return way.table.versionOf(row)
  if (way.kind === 'current') return rowVersion(way, row)
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    'send(res, row): a ledger cannot tell the version from a row. Put read() before the handler, and answer with res.json (ERR_WRITE_UNSUPPORTED, see docs/errors.md)',
  )
}
