import { IfMatchError, show } from '../core/errors.js'
import {
  allOf,
  expectMatch,
  expectNoneMatch,
  type Expectation,
  type TagReading,
} from '../core/expectation.js'
import { parsePreconditions } from '../core/preconditions.js'
import { announcesBody } from './body-arrival.js'
import type { ExpressRequest } from './express-types.js'
import { conditionalLines, hasLine } from './header-lines.js'
import { refusal } from '../core/refusal.js'
import type { Setup } from './setup.js'

/** What a write demands. `dated`: by nothing but If-Unmodified-Since, which counts only beside a known date. */
export interface Demand {
  readonly expectation: Expectation
  readonly dated: boolean
}

/** A write that demands nothing. */
export const NO_DEMAND: Demand = { expectation: { kind: 'unconditional' }, dated: false }

/** Reads headers and body; throws the refusal of what cannot be read (fails closed). */
export function demandOf(setup: Setup, req: ExpressRequest, lines = conditionalLines(req)): Demand {
  const { reading } = setup
  // only a date is read by the clock
  const dates = hasLine(lines, 'if-unmodified-since') || hasLine(lines, 'if-modified-since')
  const now = dates ? setup.clock.date() : undefined
  const { malformed, ifMatch, ifNoneMatch, ifUnmodifiedSince } = parsePreconditions(lines, now)
  if (malformed !== undefined) throw malformedDemand(malformed, 'is not a list of entity tags')

  const match = ifMatch === undefined ? undefined : expectMatch(ifMatch, reading)
  if (ifMatch !== undefined && match === undefined)
    throw malformedDemand('if-match', 'names no entity tag that this API gives out')
  const none = ifNoneMatch === undefined ? undefined : expectNoneMatch(ifNoneMatch, reading)
  // a list without a tag of ours demands nothing, and must not count as a precondition
  const noneMatch = none?.kind === 'none-of' && none.versions.length === 0 ? undefined : none
  const inBody = bodyDemand(setup, req, reading)

  // §13.1.4: a recipient must ignore If-Unmodified-Since beside If-Match
  const dated = ifUnmodifiedSince !== undefined && ifMatch === undefined && setup.way.kind === 'current'
  if (match !== undefined && noneMatch === undefined && inBody === undefined)
    return { expectation: match, dated: false }
  const parts = [match, noneMatch, inBody].filter((part) => part !== undefined)
  const named = parts.length > 0
  if (dated) parts.push({ kind: 'unmodified-since', date: ifUnmodifiedSince, source: 'if-unmodified-since' })
  return { expectation: allOf(parts), dated: dated && !named }
}

/**
 * The version in the body, by no means checked. On a ledger it is taken out: what the library counts is none of the
 * handler's data, and stored with them it would stand in the way of every later answer.
 */
export function takeBodyVersion({ bodyVersion, way }: Setup, req: ExpressRequest): unknown {
  if (bodyVersion === false) return undefined
  const { body } = req
  if (body === undefined) {
    // the body of a DELETE has no meaning of its own (RFC 9110 §9.3.5): nobody needs to have parsed it
    if (req.method !== 'DELETE' && announcesBody(req) && hasMembers(req)) throw bodyNotParsed(bodyVersion)
    return undefined
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !Object.hasOwn(body, bodyVersion))
    return undefined
  const value: unknown = Reflect.get(body, bodyVersion)
  if (way.kind === 'ledger') Reflect.deleteProperty(body, bodyVersion)
  return value
}

function bodyDemand(setup: Setup, req: ExpressRequest, reading: TagReading): Expectation | undefined {
  const value = takeBodyVersion(setup, req)
  if (value === null || value === undefined) return undefined
  const version = versionIn(value)
  if (version === undefined || !reading.isOurs(version)) {
    throw malformedDemand(
      String(setup.bodyVersion),
      `in the body is ${show(value)}, which is no version of this API`,
    )
  }
  return { kind: 'one-of', versions: [version], weak: false, source: 'body' }
}

function versionIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  // JSON has no integers: a large one was rounded when it was parsed, and may be another version's now
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value)
}

/** Whether a body of this type may carry the member at all; one that nobody has parsed yet would hide it. */
function hasMembers(req: ExpressRequest): boolean {
  const type = req.headers['content-type'] ?? ''
  return /^\s*(?:application\/(?:[^\s;,/]{1,100}\+)?json|application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i.test(
    type,
  )
}

function malformedDemand(name: string, what: string): IfMatchError {
  return refusal('malformed-precondition', { detail: `The precondition ${name} ${what}.` })
}

function bodyNotParsed(bodyVersion: string): IfMatchError {
  return new IfMatchError(
    'ERR_BODY_NOT_PARSED',
    `bodyVersion: ${show(bodyVersion)} is looked for in req.body, and nothing has parsed it yet. Mount express.json() before the guard (ERR_BODY_NOT_PARSED, see docs/errors.md)`,
  )
}
