import etag from 'etag'
import type { Expectation } from '../../core/expectation.js'
import type { CurrentWay } from '../setup.js'
import { IfMatchError, show } from '../../core/errors.js'
import { encodeVersion } from '../../core/version.js'
import { checkVersionMoves } from './mongoose-document.js'

/** The version of a row that `current` found: its member, what the function says, or the hash of its JSON. */
export function rowVersion(way: CurrentWay, row: unknown): string {
  const { version } = way
  if (typeof version === 'string') checkVersionMoves(version, row)
  if (version === undefined) return etag(JSON.stringify(row)).slice(1, -1)
  const value: unknown =
    typeof version === 'function'
      ? version(row as Record<string, unknown>)
      : (row as Record<string, unknown>)[version]
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (typeof value === 'string' && value !== '') {
    // now, and not when the answer is about to leave: a text that no tag can hold is the application's mistake
    encodeVersion(value)
    return value
  }
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  throw new IfMatchError(
    'ERR_VERSION_INVALID',
    `version: the row's ${typeof version === 'function' ? 'function' : show(version)} gave ${show(value)}. A version is a string, a number, a bigint or a Date (ERR_VERSION_INVALID, see docs/errors.md)`,
  )
}

/** The moment a row was last changed, in ms since the epoch, where its version is a date. */
export function rowModified(way: CurrentWay, row: unknown): number | undefined {
  if (way.version === undefined) return undefined
  const value: unknown =
    typeof way.version === 'function'
      ? way.version(row as Record<string, unknown>)
      : (row as Record<string, unknown>)[way.version]
  return value instanceof Date ? value.getTime() : undefined
}

/** Clients write one moment in several ways (`Z`, `.000Z`); where the version is a date they mean the same. */
export function inRowTerms(expectation: Expectation, modified: number | undefined): Expectation {
  if (modified === undefined) return expectation
  switch (expectation.kind) {
    case 'all':
      return { kind: 'all', of: expectation.of.map((part) => inRowTerms(part, modified)) }
    case 'one-of':
    case 'none-of':
      return { ...expectation, versions: expectation.versions.map(inMomentForm) }
    default:
      return expectation
  }
}

/** RFC 3339; digits below the ms only where they are zeros, for a Date could not tell them apart */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3}0{0,6})?(?:Z|[+-]\d\d:\d\d)$/

/** The one spelling of a moment that versions have; any other text as it is. */
export function inMomentForm(text: string): string {
  if (!MOMENT.test(text)) return text
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? text : new Date(ms).toISOString()
}
