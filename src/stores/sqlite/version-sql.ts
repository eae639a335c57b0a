import { randomUUID } from 'node:crypto'
import { optionError } from '../../core/errors.js'
import type { VersionRule } from '../sql/version-rule.js'
import type { SqliteValue } from './database.js'

/** How a version column moves on, as expressions of SQL. */
export interface VersionSql {
  /** whether there is a version to move on from: NULL + 1 is NULL */
  readonly counted: (column: string) => string
  /** the next version of a row, with what it binds */
  readonly next: (column: string) => { readonly sql: string; readonly params: readonly SqliteValue[] }
  /** the first version of a row */
  readonly first: (start: () => number) => { readonly sql: string; readonly params: readonly SqliteValue[] }
}

/** microseconds since the epoch, of which SQLite tells the ms: the same moment all through one run of a statement */
export const CLOCK = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000"

/** the last integer that has one after it: beyond 64 bits SQLite goes on with a REAL */
const LAST_COUNT = 2n ** 63n - 2n

/** the last version that has one after it whatever the type of its column: a REAL is rounded beyond */
export const LAST_EXACT = Number.MAX_SAFE_INTEGER - 1

const INTEGER: VersionSql = {
  counted: (column) =>
    `CASE typeof(${column}) WHEN 'integer' THEN ${column} BETWEEN 0 AND ${LAST_COUNT} WHEN 'real' THEN ${column} BETWEEN 0 AND ${LAST_EXACT} ELSE 0 END`,
  next: (column) => ({ sql: `${column} + 1`, params: [] }),
  // not below SQLite's own clock: the trigger of `versionTrigger` leaves it as it is, and RETURNING has told it already
  first: (start) => ({ sql: `max(?, ${CLOCK})`, params: [start()] }),
}

/** with a start of the application's own, which no trigger corrects */
const STARTED: VersionSql = { ...INTEGER, first: (start) => ({ sql: '?', params: [start()] }) }

const UUID: VersionSql = {
  counted: (column) => `typeof(${column}) = 'text'`,
  next: () => ({ sql: '?', params: [randomUUID()] }),
  first: () => ({ sql: '?', params: [randomUUID()] }),
}

/** now, as `Date.toISOString()` writes it; SQLite's `%f` has the ms */
export function momentSql({ digits }: VersionRule, of = `'now'`): string {
  return `strftime('${digits === 0 ? '%Y-%m-%dT%H:%M:%S.000Z' : '%Y-%m-%dT%H:%M:%fZ'}', ${of})`
}

/** a moment after the one in `column`, and not before now: two writes of one ms are two versions */
export function laterSql(rule: VersionRule, column: string): string {
  const step = rule.digits === 0 ? '+1 seconds' : '+0.001 seconds'
  return `max(${momentSql(rule)}, ${momentSql(rule, `${column}, '${step}'`)})`
}

/** Throws ERR_OPTION_INVALID for a precision that SQLite's clock does not have. `started`: integers have a start of their own. */
export function versionSql(rule: VersionRule, started: boolean): VersionSql {
  if (rule.kind === 'integer') return started ? STARTED : INTEGER
  if (rule.kind === 'uuid') return UUID
  if (rule.digits === 6)
    throw optionError('versionType', { timestamp: 6 }, 'SQLite tells milliseconds: give { timestamp: 3 }.')
  return {
    counted: (column) => `${momentSql(rule, column)} IS NOT NULL`,
    next: (column) => ({ sql: laterSql(rule, column), params: [] }),
    first: () => ({ sql: momentSql(rule), params: [] }),
  }
}
