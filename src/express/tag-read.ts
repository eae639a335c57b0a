import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { LedgerRecord } from '../core/record.js'
import { ledgerVersion, type MaybePromise } from '../core/ledger.js'
import { formatTag } from '../core/version.js'
import { watchBody, type Embedding, type SeenBody } from './answer-body.js'
import { notedVersion } from './answer-version.js'
import { contentOf, ownTag } from './body-hash.js'
import type { ExpressRequest } from './express-types.js'
import { ownOrNotModified } from './freshness.js'
import { HeldAnswer, UNTAGGED, type AnswerHolder, type AnswerStart, type Decision } from './held-answer.js'
import type { RequestKey } from './key.js'
import { answerNotes } from './notes.js'
import { ownProperty } from './own-property.js'
import type { Setup } from './setup.js'

/** What is known of a resource before its GET handler runs: version first, data second (P5). */
export interface ReadState {
  readonly version: string | undefined
  readonly missing: boolean
  /** ms since the epoch, where the version is a date */
  readonly modified?: number | undefined
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
  // without these fields nothing is fresh, whoever decides
  if (req.headers['if-none-match'] === undefined && req.headers['if-modified-since'] === undefined) return
  Object.defineProperty(req, 'fresh', ownProperty(false))
}

/** Holds the answer of a read: it leaves with `"<version>.<content>"`, or as a 304 where the client has it. */
export class TaggedRead implements AnswerHolder, Embedding {
  readonly #setup: Setup
  readonly #key: RequestKey | undefined
  readonly #state: ReadState
  readonly #req: ExpressRequest
  readonly #res: ServerResponse
  readonly #seen: SeenBody | undefined

  constructor(
    setup: Setup,
    key: RequestKey | undefined,
    state: ReadState,
    req: ExpressRequest,
    res: ServerResponse,
  ) {
    this.#setup = setup
    this.#key = key
    this.#state = state
    this.#req = req
    this.#res = res
    const embeds = setup.way.kind === 'ledger' && setup.bodyVersion !== false
    this.#seen = watchBody(res, { embedding: embeds ? this : undefined })
    decideFreshnessLater(req, res)
    new HeldAnswer(req, res, this)
  }

  get member(): string {
    return String(this.#setup.bodyVersion)
  }

  embeddedVersion(): string | undefined {
    // where something came back past the library, its version is made when its tag is: after the body
    return this.#state.missing ? undefined : this.#state.version
  }

  decide(start: AnswerStart): MaybePromise<Decision> {
    if (start.status !== 200) return UNTAGGED
    const noted = notedVersion(this.#res)
    if (noted !== undefined) return this.#tagged(noted, start)
    if (!this.#state.missing) return this.#tagged(this.#state.version, start)
    const returned = reappeared(this.#setup, this.#key, this.#state)
    return returned === undefined ? UNTAGGED : returned.then((version) => this.#tagged(version, start))
  }

  #tagged(version: string | undefined, start: AnswerStart): Decision {
    if (version === undefined) return UNTAGGED
    const etag = formatTag(version, contentPart(this.#res, start, this.#seen?.sent))
    return ownOrNotModified(this.#req, this.#res, etag, this.#setup.weakTags)
  }
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

const UNMATCHED = `~${randomBytes(6).toString('base64url')}`
let unmatched = 0

/**
 * The content part: a hash of the body before any coding, of the bytes that Express has made of it where they are
 * here. Of a stream only its sender can say what it is, by a tag of its own (`res.sendFile`); else it gets a part
 * that no other answer will ever have: good for If-Match, and never a stale 304.
 */
function contentPart(
  res: ServerResponse,
  { chunk, ended }: AnswerStart,
  sent: string | Uint8Array | undefined,
): string {
  const whole = ended && (typeof chunk === 'string' || chunk instanceof Uint8Array) ? chunk : undefined
  const content = sent === undefined || !res.hasHeader('Content-Encoding') ? (whole ?? sent) : sent
  if (content !== undefined) return contentOf(content)
  const own = ownTag(res)
  return own === undefined ? `${UNMATCHED}${(unmatched++).toString(36)}` : contentOf(own)
}
