import type { ServerResponse } from 'node:http'
import { formatTag } from '../core/version.js'
import { watchBody, type Embedding } from './answer-body.js'
import { endNotModified } from './answer-headers.js'
import type { ExpressRequest } from './express-types.js'
import { ownOrNotModified } from './freshness.js'
import { HeldAnswer, type Decision } from './held-answer.js'
import { answerNotes } from './notes.js'
import type { Setup } from './setup.js'
import { decideFreshnessLater, type ReadState } from './tag-read.js'

/**
 * A version that stands still says it all: no content part, and no tag at all while a write is under way. True
 * where the answer was given, without the handler.
 */
export function skipRead(setup: Setup, state: ReadState, req: ExpressRequest, res: ServerResponse): boolean {
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
      // keeps the answer as a table, which pays even for so short a life
      answerNotes(res)
      endNotModified(res, decision.etag, res)
      return true
    }
  }
  decideFreshnessLater(req, res)
  new HeldAnswer(req, res, { decide: ({ status }) => decide(status) })
  watchBody(res, { embedding: embeddingOf(setup, steady ? state.version : undefined) })
  return false
}

/** Clients that know nothing of tags find the version in the body, as in that of any other read. */
function embeddingOf({ way, bodyVersion }: Setup, version: string | undefined): Embedding | undefined {
  if (way.kind !== 'ledger' || bodyVersion === false) return undefined
  return { member: bodyVersion, embeddedVersion: () => version }
}
