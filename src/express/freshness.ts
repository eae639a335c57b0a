import type { ServerResponse } from 'node:http'
import fresh from 'fresh'
import { formatEntityTag } from '../core/entity-tag.js'
import { parsePreconditions } from '../core/preconditions.js'
import { withoutCodingSuffix } from '../core/version.js'
import type { ExpressRequest } from './express-types.js'
import { conditionalLines } from './header-lines.js'
import type { Decision } from './held-answer.js'
import type { Setup } from './setup.js'

/** By what a client has the answer already; a date says less than a tag. */
type Freshness = 'by-tag' | 'by-date' | false

/** `fresh` decides, but without the request's Cache-Control: Node's own fetch adds `no-cache` to every conditional request. */
function freshness(
  req: ExpressRequest,
  res: ServerResponse,
  etag: string,
  acceptWeakened: boolean,
): Freshness {
  // as nearly every client has it: the tag that was given out, by itself
  if (req.headers['if-none-match'] === etag) return 'by-tag'
  const noneMatch = noneMatchOf(req, acceptWeakened)
  if (noneMatch === null) return false
  if (noneMatch !== undefined) return fresh({ 'if-none-match': noneMatch }, { etag }) ? 'by-tag' : false
  const since = req.headers['if-modified-since']
  const modified = res.getHeader('Last-Modified')
  if (since === undefined || modified === undefined) return false
  return fresh({ 'if-modified-since': since }, { 'last-modified': String(modified) }) ? 'by-date' : false
}

/**
 * A date in whole seconds cannot tell two changes of one second apart. It may save a body, as it does without the
 * guard, but must not put the tag of a newer state on the body that the client holds (P5).
 */
export function ownOrNotModified(
  req: ExpressRequest,
  res: ServerResponse,
  etag: string,
  weakTags: Setup['weakTags'],
): Decision {
  const fresh = freshness(req, res, etag, weakTags === 'accept')
  if (fresh === false) return { answer: 'own', etag }
  return { answer: 'not-modified', etag: fresh === 'by-tag' ? etag : undefined }
}

/** Only what the grammar allows is compared; null where it does not: then nothing is fresh. */
function noneMatchOf(req: ExpressRequest, acceptWeakened: boolean): string | null | undefined {
  const value = req.headers['if-none-match']
  if (value === undefined || value === '*') return value
  const { ifNoneMatch } = parsePreconditions(conditionalLines(req))
  if (ifNoneMatch === undefined || ifNoneMatch === '*') return null
  const tags = acceptWeakened
    ? ifNoneMatch.map((tag) => ({ ...tag, opaque: withoutCodingSuffix(tag.opaque) }))
    : ifNoneMatch
  // `fresh` splits at a comma inside a tag, which is legal; the halves lack a quote each and match nothing
  const list = tags.map(formatEntityTag).join(', ')
  return list === '' ? null : list
}
