import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { LedgerRecord } from '../core/record.js'
import { ledgerVersion, type MaybePromise } from '../core/ledger.js'
import { formatTag } from '../core/version.js'
import { contentOf, ownTag, watchBody } from './answer-body.js'
import { notedVersion } from './answer-version.js'
import type { ExpressRequest } from './express-types.js'
import { freshness } from './freshness.js'
import { HeldAnswer, type AnswerStart, type Decision } from './held-answer.js'
import type { RequestKey } from './key.js'
import { answerNotes } from './notes.js'
import type { Setup } from './setup.js'

/** What is known of a resource before its GET handler runs: version first, data second (P5). */
export interface ReadState {
  readonly version: string | undefined
  readonly missing: boolean
  /** of a ledger: what was seen, and whether a write is under way */
  readonly record?: LedgerRecord | undefined
}

/** Whether a read's answer is held already, so that its tag needs no second look. */
export function isReading(res: ServerResponse): boolean {
  return answerNotes(res).reading
}

/** Express would decide on a tag that is none yet; the decision is ours, when the answer is known. */
export function decideFreshnessLater(req: ExpressRequest, res: ServerResponse): void {
  answerNotes(res).reading = true
  Object.defineProperty(req, 'fresh', { configurable: true, enumerable: true, writable: true, value: false })
}

/** Holds the answer of a read: it leaves with `"<version>.<content>"`, or as a 304 where the client has it. */
export function tagRead(
  setup: Setup,
  key: RequestKey | undefined,
  state: ReadState,
  req: ExpressRequest,
  res: ServerResponse,
): void {
  const { bodyVersion, way, weakTags } = setup
  const embeds = way.kind === 'ledger' && bodyVersion !== false
  const seen = watchBody(res, {
    hashes: true,
    ...(embeds ? { embed: { member: bodyVersion, version: () => state.version } } : {}),
  })
  decideFreshnessLater(req, res)

  const decide = (start: AnswerStart): MaybePromise<Decision> => {
    if (start.status !== 200) return { answer: 'own', etag: undefined }
    const tagged = (version: string | undefined): Decision =>
      version === undefined
        ? { answer: 'own', etag: undefined }
        : ownOrNotModified(req, res, formatTag(version, contentPart(res, start, seen.content)), weakTags)
    const noted = notedVersion(res)
    if (noted !== undefined) return tagged(noted)
    if (!state.missing) return tagged(state.version)
    const returned = reappeared(setup, key, state)
    return returned === undefined ? tagged(undefined) : returned.then(tagged)
  }
  new HeldAnswer(req, res, { decide })
}

/** The ledger holds a tombstone, and yet something is there: it came back past the library. */
function reappeared(
  { way, claims }: Setup,
  key: RequestKey | undefined,
  { record }: ReadState,
): Promise<string | undefined> | undefined {
  if (way.kind !== 'ledger' || claims === undefined || key === undefined || record === undefined)
    return undefined
  return claims.appear(key.key, record).then(
    (now) => (now === undefined ? undefined : ledgerVersion(way.ledger.epoch, now.count)),
    () => undefined,
  )
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

const UNMATCHED = `~${randomBytes(6).toString('base64url')}`
let unmatched = 0

/**
 * The content part. Of a stream only its sender can say what it is, by a tag of its own (`res.sendFile`);
 * else it gets a part that no other answer will ever have: good for If-Match, and never a stale 304.
 */
function contentPart(res: ServerResponse, start: AnswerStart, seen: string | undefined): string {
  if (seen !== undefined) return seen
  const { chunk, ended } = start
  if (ended && (typeof chunk === 'string' || chunk instanceof Uint8Array)) return contentOf(chunk)
  const own = ownTag(res)
  return own === undefined ? `${UNMATCHED}${(unmatched++).toString(36)}` : contentOf(own)
}
