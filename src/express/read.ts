import type { ServerResponse } from 'node:http'
import fresh from 'fresh'
import { randomBytes } from 'node:crypto'
import { judge } from '../core/expectation.js'
import { ledgerVersion } from '../core/ledger.js'
import { formatEntityTag } from '../core/entity-tag.js'
import { parsePreconditions } from '../core/preconditions.js'
import type { LedgerRecord } from '../core/record.js'
import { formatTag, withoutCodingSuffix } from '../core/version.js'
import { contentOf, ownTag, watchBody } from './answer-body.js'
import { notedVersion } from './answer-version.js'
import { demandOf } from './demand.js'
import type { ExpressRequest, Next } from './express-types.js'
import { conditionalLines } from './header-lines.js'
import { holdAnswer, type AnswerStart, type Decision } from './held-answer.js'
import type { RequestKey } from './key.js'
import { respond } from './respond.js'
import { failedDemand } from './refused.js'
import { refusal } from './refusal.js'
import { storeUnavailable } from './sessions/claim-set.js'
import { rowVersion } from './sessions/row-version.js'
import type { Setup } from './setup.js'

/** What is known of a resource before its GET handler runs: version first, data second (P5). */
export interface ReadState {
  readonly version: string | undefined
  readonly missing: boolean
  /** of a ledger: what was seen, and whether a write is under way */
  readonly record?: LedgerRecord | undefined
}

export interface ReadOptions {
  /** answers 304 without the handler; only for routes whose every writer goes through the library */
  readonly skip?: boolean
}

/** Puts an entity tag on what the handler reads, and turns it into a 304 where the client has it already. */
export async function guardRead(
  setup: Setup,
  options: ReadOptions,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): Promise<void> {
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    next()
    return
  }
  try {
    if (setup.authorize !== undefined && !(await setup.authorize(req))) throw refusal('forbidden')
    const key = setup.key.read(req)
    if (key === undefined) {
      next()
      return
    }
    const state = await readState(setup, req, key)
    if (req.headers['if-match'] !== undefined || req.headers['if-unmodified-since'] !== undefined)
      evaluateMatch(setup, req, key, state)
    if (options.skip === true) skipRead(state, req, res, next)
    else tagRead(setup, key, state, req, res, next)
  } catch (error) {
    respond(setup, error, req, res, next)
  }
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
function evaluateMatch(setup: Setup, req: ExpressRequest, key: RequestKey, state: ReadState): void {
  const { expectation } = demandOf({ ...setup, bodyVersion: false }, withoutNoneMatch(req))
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
    })
  }
  // it has been evaluated here; `send` and its kind would compare it with a tag of their own
  delete req.headers['if-match']
}

function withoutNoneMatch(req: ExpressRequest): ExpressRequest {
  const { 'if-none-match': _, ...headers } = req.headers
  return Object.create(req, { headers: { value: headers }, rawHeaders: { value: [] } }) as ExpressRequest
}

/** A version that stands still says it all: no content part, and no tag at all while a write is under way. */
function skipRead(state: ReadState, req: ExpressRequest, res: ServerResponse, next: Next): void {
  const steady = state.version !== undefined && !state.missing && (state.record?.claim ?? null) === null
  const etag = steady ? formatTag(state.version ?? '') : undefined
  if (etag !== undefined && isFresh(req, res, etag, false)) {
    res.statusCode = 304
    res.setHeader('ETag', etag)
    res.end()
    return
  }
  watchBody(res, { hashes: false })
  holdAnswer(req, res, ({ status }) => ({ answer: 'own', etag: status === 200 ? etag : undefined }))
  next()
}

export function tagRead(
  setup: Setup,
  key: RequestKey | undefined,
  state: ReadState,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): void {
  const { bodyVersion, way, claims } = setup
  const embeds = way.kind === 'ledger' && bodyVersion !== false
  const seen = watchBody(res, {
    hashes: true,
    ...(embeds ? { embed: { member: bodyVersion, version: () => state.version } } : {}),
  })
  // Express would decide on a tag that is none yet; the decision is ours, when the answer is known
  Object.defineProperty(req, 'fresh', { configurable: true, enumerable: true, writable: true, value: false })

  const tagged = (start: AnswerStart, version: string | undefined): Decision => {
    if (version === undefined) return { answer: 'own', etag: undefined }
    const etag = formatTag(version, contentPart(res, start, seen.content))
    if (!isFresh(req, res, etag, setup.weakTags === 'accept')) return { answer: 'own', etag }
    return {
      answer: 'other',
      restore: false,
      write: (answer) => {
        writeNotModified(answer, etag)
      },
    }
  }

  holdAnswer(req, res, (start) => {
    if (start.status !== 200) return { answer: 'own', etag: undefined }
    const noted = notedVersion(res)
    if (noted !== undefined) return tagged(start, noted)
    // the ledger holds a tombstone, and yet something is there: it came back past the library
    if (
      key !== undefined &&
      state.missing &&
      state.record !== undefined &&
      way.kind === 'ledger' &&
      claims !== undefined
    ) {
      return claims.appear(key.key, state.record).then(
        (record) =>
          tagged(start, record === undefined ? undefined : ledgerVersion(way.ledger.epoch, record.count)),
        () => tagged(start, undefined),
      )
    }
    return tagged(start, state.missing ? undefined : state.version)
  })
  next()
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
  if (ended && (typeof chunk === 'string' || Buffer.isBuffer(chunk))) return contentOf(chunk)
  const own = ownTag(res)
  return own === undefined ? `${UNMATCHED}${(unmatched++).toString(36)}` : contentOf(own)
}

/** `fresh` decides, but without the request's Cache-Control: Node's own fetch adds `no-cache` to every conditional request. */
function isFresh(req: ExpressRequest, res: ServerResponse, etag: string, acceptWeakened: boolean): boolean {
  const noneMatch = noneMatchOf(req, acceptWeakened)
  if (noneMatch === null) return false
  const since = req.headers['if-modified-since']
  return fresh(
    {
      ...(noneMatch === undefined ? {} : { 'if-none-match': noneMatch }),
      ...(since === undefined ? {} : { 'if-modified-since': since }),
    },
    { etag, 'last-modified': lastModified(res) },
  )
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
  // a comma inside a tag is legal, and `fresh` splits there; no tag of ours has one
  const list = tags
    .filter(({ opaque }) => !opaque.includes(','))
    .map(formatEntityTag)
    .join(', ')
  return list === '' ? null : list
}

function lastModified(res: ServerResponse): string | undefined {
  const value = res.getHeader('Last-Modified')
  return value === undefined ? undefined : String(value)
}

/** RFC 9110 §15.4.5: what the 200 would have said of caching, and nothing that describes a body. */
function writeNotModified(res: ServerResponse, etag: string): void {
  res.statusCode = 304
  for (const name of ['Content-Type', 'Content-Length', 'Transfer-Encoding', 'Content-Encoding'])
    res.removeHeader(name)
  res.setHeader('ETag', etag)
  res.end()
}
