import { optionError, show } from '../../core/errors.js'

/**
 * What a version column holds. `integer` is any whole number of up to 64 bits, raised by one with every write, and
 * `bigint` the same, as its declaration may be called; `uuid` is drawn anew with every write. `{ timestamp: digits }`
 * is a moment that every write moves on by at least one unit of its precision: `digits` is how many digits of a
 * second the column keeps (MySQL's DATETIME alone keeps 0, PostgreSQL's timestamptz 6; a JavaScript Date has 3).
 * A timestamp cannot tell a row from one of the same id that was deleted within the same unit: where rows are created
 * again, name the option `deleted` besides, or count.
 */
export type VersionType = 'integer' | 'bigint' | 'uuid' | { readonly timestamp: 0 | 3 | 6 }

/** How one column's values and the versions that clients name belong together. */
export interface VersionRule {
  readonly kind: 'integer' | 'uuid' | 'timestamp'
  /** digits of a second that are kept and compared; 0 for what is no timestamp */
  readonly digits: number
  /** whether this text is how a version of the column is spelled; no version has two spellings */
  isVersion(text: string): boolean
  /** the version that a column's value is, as the driver or the application read it; undefined for none */
  textOf(value: unknown): string | undefined
}

const MAX = 2n ** 63n - 1n
/** of the longest ones; with fewer all are below it */
const DIGITS = 19
const INTEGER = /^(?:0|[1-9][0-9]{0,18})$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{3}|\d{6})Z$/

const integer: VersionRule = {
  kind: 'integer',
  digits: 0,
  isVersion: (text) => INTEGER.test(text) && (text.length < DIGITS || BigInt(text) <= MAX),
  textOf(value) {
    // drivers give what a number cannot hold as a text or a bigint; a rounded number might be another row's version
    const text =
      typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))
        ? String(value)
        : value
    return typeof text === 'string' && integer.isVersion(text) ? text : undefined
  },
}

const uuid: VersionRule = {
  kind: 'uuid',
  digits: 0,
  isVersion: (text) => UUID.test(text),
  textOf(value) {
    const text = typeof value === 'string' ? value.toLowerCase() : undefined
    return text !== undefined && UUID.test(text) ? text : undefined
  },
}

function timestamp(digits: 0 | 3 | 6): VersionRule {
  const rule: VersionRule = {
    kind: 'timestamp',
    digits,
    isVersion(text) {
      const fraction = MOMENT.exec(text)?.[1]
      if (fraction?.length !== (digits === 6 ? 6 : 3)) return false
      const ms = Date.parse(text)
      // 31 February is none, and neither is a part of a second that the column does not keep
      return (
        !Number.isNaN(ms) &&
        new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19) &&
        (digits > 0 || fraction === '000')
      )
    },
    textOf(value) {
      // a Date has no microseconds: as a version of such a column it would be another one
      if (value instanceof Date && digits < 6 && !Number.isNaN(value.getTime())) {
        const text = value.toISOString()
        return rule.isVersion(text) ? text : undefined
      }
      return typeof value === 'string' && rule.isVersion(value) ? value : undefined
    },
  }
  return rule
}

/** Reads the option `versionType`; throws ERR_OPTION_INVALID. */
export function versionRule(type: VersionType = 'integer'): VersionRule {
  if (type === 'integer' || type === 'bigint') return integer
  if (type === 'uuid') return uuid
  const digits: unknown = (type as { timestamp?: unknown } | null)?.timestamp
  if (digits === 0 || digits === 3 || digits === 6) return timestamp(digits)
  throw optionError('versionType', type, "Give 'integer', 'bigint', 'uuid', or { timestamp: 0, 3 or 6 }.")
}

/** What to do about a column's value that is no version, for the message that says so. */
export function versionFix({ kind, digits }: VersionRule, value: unknown): string {
  switch (kind) {
    case 'integer':
      return 'Declare it as an integer NOT NULL DEFAULT 1; beyond 2^53, let the driver give it as a text or a bigint'
    case 'uuid':
      return 'Declare it as a uuid NOT NULL, or name another versionType'
    case 'timestamp':
      return value instanceof Date && digits === 6
        ? 'A Date has no microseconds: read the column as a text in UTC (2026-01-31T12:00:00.000000Z), or keep 3 digits in it'
        : `Declare it NOT NULL, and with the precision of versionType: { timestamp: ${digits} }, not ${show(value)}`
  }
}
