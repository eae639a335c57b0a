import { IfMatchError, show } from '../core/errors.js'
import {
  allOf,
  expectMatch,
  expectNoneMatch,
  type Expectation,
  type TagReading,
} from '../core/expectation.js'
import { ledgerCount } from '../core/ledger.js'
import { parsePreconditions } from '../core/preconditions.js'
import { announcesBody } from './body-arrival.js'
import type { ExpressRequest } from './express-types.js'
import { conditionalLines } from './header-lines.js'
import { refusal } from './refusal.js'
import type { Setup } from './setup.js'

/** What a write demands. `dated`: by nothing but If-Unmodified-Since, which counts only beside a known date. */
export interface Demand {
  readonly expectation: Expectation
  readonly dated: boolean
}

/** Reads headers and body; throws the refusal of what cannot be read (fails closed). */
export function demandOf(setup: Setup, req: ExpressRequest): Demand {
  const reading = tagReading(setup)
  const parts: Expectation[] = []
  const { malformed, ifMatch, ifNoneMatch, ifUnmodifiedSince } = parsePreconditions(
    conditionalLines(req),
    setup.clock.date(),
  )
  if (malformed !== undefined) throw malformedDemand(malformed, 'is not a list of entity tags')

  if (ifMatch !== undefined) {
    const expected = expectMatch(ifMatch, reading)
    if (expected === undefined)
      throw malformedDemand('if-match', 'names no entity tag that this API gives out')
    parts.push(expected)
  }
  // an empty list demands nothing, and must not count as a precondition
  if (ifNoneMatch !== undefined && ifNoneMatch.length > 0) parts.push(expectNoneMatch(ifNoneMatch, reading))
  const inBody = bodyDemand(setup, req, reading, parts.length > 0)
  if (inBody !== undefined) parts.push(inBody)

  // §13.1.4: a recipient must ignore If-Unmodified-Since beside If-Match
  const dated = ifUnmodifiedSince !== undefined && ifMatch === undefined && setup.way.kind === 'current'
  const named = parts.length > 0
  if (dated) parts.push({ kind: 'unmodified-since', date: ifUnmodifiedSince, source: 'if-unmodified-since' })
  return { expectation: allOf(parts), dated: dated && !named }
}

function tagReading(setup: Setup): TagReading {
  const { way, weakTags } = setup
  if (way.kind === 'table') return { weakTags, isOurs: (version) => way.table.isVersion(version) }
  if (way.kind === 'current') return { weakTags, isOurs: () => true }
  return { weakTags, isOurs: (version) => ledgerCount(way.ledger.epoch, version) !== undefined }
}

function bodyDemand(
  setup: Setup,
  req: ExpressRequest,
  reading: TagReading,
  named: boolean,
): Expectation | undefined {
  const { bodyVersion } = setup
  if (bodyVersion === false || req.method === 'DELETE') return undefined
  const { body } = req
  if (body === undefined) {
    if (announcesBody(req) && !named) throw bodyNotParsed(bodyVersion)
    return undefined
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !Object.hasOwn(body, bodyVersion))
    return undefined
  const value: unknown = Reflect.get(body, bodyVersion)
  // what a ledger counts is none of the handler's data
  if (setup.way.kind === 'ledger') Reflect.deleteProperty(body, bodyVersion)
  if (value === null || value === undefined) return undefined
  const version = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  if (typeof version !== 'string' || !reading.isOurs(version)) {
    throw malformedDemand(bodyVersion, `in the body is ${show(value)}, which is no version of this API`)
  }
  return { kind: 'one-of', versions: [version], weak: false, source: 'body' }
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
