import { parseEntityTag, parseEntityTags, strongMatch, weakMatch } from './entity-tag.js'
import type { EntityTag, EntityTags } from './entity-tag.js'
import { show } from './errors.js'
import { parseHttpDate } from './http-date.js'

/** The header lines of a request in their order; a name may stand there several times, in any case. */
export type HeaderLines = readonly (readonly [name: string, value: string])[]

/** The fields of RFC 9110 §13.1 that are evaluated here; If-Range belongs to whoever answers ranges. */
export type PreconditionHeader = 'if-match' | 'if-none-match' | 'if-modified-since' | 'if-unmodified-since'

/** The preconditions of a request, read and not yet evaluated. A field that must be ignored is left out. */
export interface Preconditions {
  readonly ifMatch?: EntityTags | undefined
  readonly ifNoneMatch?: EntityTags | undefined
  /** ms since the epoch */
  readonly ifUnmodifiedSince?: number | undefined
  /** ms since the epoch */
  readonly ifModifiedSince?: number | undefined
  /** look here first: a field that cannot be read is left out above, and must not count as absent */
  readonly malformed?: 'if-match' | 'if-none-match' | undefined
}

/** The current representation, as far as it has validators. */
export interface CurrentRepresentation {
  /** as the ETag field has it, quotes included */
  readonly etag?: string | undefined
  readonly lastModified?: Date | undefined
}

/** What is to be done with the request, and the field that decided it. */
export type Evaluation =
  | { readonly outcome: 'perform'; readonly header?: undefined }
  | {
      readonly outcome: 'not-modified' | 'precondition-failed' | 'malformed'
      readonly header: PreconditionHeader
    }

/** §13.2.1: these neither select nor change a representation. */
const UNCONDITIONAL = new Set(['CONNECT', 'OPTIONS', 'TRACE'])

const PERFORM: Evaluation = { outcome: 'perform' }

/** Reads the preconditions; `now`, in ms, places the two-digit years of obsolete dates. */
export function parsePreconditions(lines: HeaderLines, now?: number): Preconditions {
  if (lines.length === 0) return NONE
  const ifMatch = tagsOf(fieldValue(lines, 'if-match'))
  const ifNoneMatch = tagsOf(fieldValue(lines, 'if-none-match'))
  return {
    ifMatch: ifMatch ?? undefined,
    ifNoneMatch: ifNoneMatch ?? undefined,
    ifUnmodifiedSince: dateOf(fieldValue(lines, 'if-unmodified-since'), now),
    ifModifiedSince: dateOf(fieldValue(lines, 'if-modified-since'), now),
    malformed: ifMatch === null ? 'if-match' : ifNoneMatch === null ? 'if-none-match' : undefined,
  }
}

const NONE: Preconditions = {}

/** §5.3: several lines of one field are one value, joined by commas. */
function fieldValue(lines: HeaderLines, field: PreconditionHeader): string | undefined {
  let joined: string | undefined
  for (const [name, value] of lines)
    if (name.toLowerCase() === field) joined = joined === undefined ? value : `${joined}, ${value}`
  return joined
}

/** undefined: no such field; null: it is there and cannot be read. */
function tagsOf(value: string | undefined): EntityTags | null | undefined {
  return value === undefined ? undefined : (parseEntityTags(value) ?? null)
}

/** §13.1.3, §13.1.4: what is no date, or more than one, is ignored. */
function dateOf(value: string | undefined, now: number | undefined): number | undefined {
  return value === undefined ? undefined : parseHttpDate(value.trim(), now)
}

/**
 * What RFC 9110 §13.2.2 says of a request, given the current representation; undefined where there is none.
 * An If-Match or If-None-Match that cannot be read is `malformed`: to ignore it would drop the client's guard.
 * Throws a TypeError where the server's own validators are invalid, whatever the request says.
 */
export function evaluatePreconditions(
  request: { readonly method: string; readonly headers: HeaderLines },
  current: CurrentRepresentation | undefined,
  now?: number,
): Evaluation {
  if (UNCONDITIONAL.has(request.method)) return PERFORM
  const validators = current && validatorsOf(current)
  const preconditions = parsePreconditions(request.headers, now)
  if (preconditions.malformed !== undefined) return { outcome: 'malformed', header: preconditions.malformed }
  return decide(request.method, preconditions, validators)
}

interface Validators {
  readonly tag: EntityTag | undefined
  readonly modified: number | undefined
}

function validatorsOf({ etag, lastModified }: CurrentRepresentation): Validators {
  const tag = etag === undefined ? undefined : parseEntityTag(etag)
  if (etag !== undefined && tag === undefined) {
    throw new TypeError(`current.etag: ${show(etag)} is no entity tag such as "v1" or W/"v1"`)
  }
  const modified = lastModified?.getTime()
  if (Number.isNaN(modified))
    throw new TypeError('current.lastModified: Invalid Date. Leave it out if not known')
  // a date in a header has whole seconds: a client that sends back our own must not find it older than itself
  return { tag, modified: modified === undefined ? undefined : Math.floor(modified / 1000) * 1000 }
}

/** The steps of §13.2.2, for an origin server: a date is looked at only where the field of tags is absent. */
function decide(method: string, asked: Preconditions, current: Validators | undefined): Evaluation {
  if (asked.ifMatch !== undefined) {
    const holds = includes(asked.ifMatch, current, strongMatch)
    if (!holds) return { outcome: 'precondition-failed', header: 'if-match' }
  } else if (modifiedAfter(asked.ifUnmodifiedSince, current) === true) {
    return { outcome: 'precondition-failed', header: 'if-unmodified-since' }
  }
  const reads = method === 'GET' || method === 'HEAD'
  if (asked.ifNoneMatch !== undefined) {
    if (!includes(asked.ifNoneMatch, current, weakMatch)) return PERFORM
    return { outcome: reads ? 'not-modified' : 'precondition-failed', header: 'if-none-match' }
  }
  if (reads && modifiedAfter(asked.ifModifiedSince, current) === false) {
    return { outcome: 'not-modified', header: 'if-modified-since' }
  }
  return PERFORM
}

function includes(tags: EntityTags, current: Validators | undefined, match: typeof weakMatch): boolean {
  if (current === undefined || tags === '*') return current !== undefined
  const { tag } = current
  return tag !== undefined && tags.some((asked) => match(asked, tag))
}

/** undefined where either date is missing: then the field is ignored (§13.1.3, §13.1.4). */
function modifiedAfter(date: number | undefined, current: Validators | undefined): boolean | undefined {
  const modified = current?.modified
  return date === undefined || modified === undefined ? undefined : modified > date
}
