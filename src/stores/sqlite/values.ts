import { IfMatchError, show } from '../../core/errors.js'
import type { SqliteValue } from './database.js'

const MIN = -(2n ** 63n)
const MAX = 2n ** 63n - 1n

/** Whether SQLite can hold it as an integer. */
export function isInt64(value: bigint): boolean {
  return value >= MIN && value <= MAX
}

/**
 * A value as all three drivers store it: booleans as 1 and 0, dates as ISO 8601 text in UTC, bytes as a BLOB.
 * Objects and arrays are refused and not turned into JSON: they would come back as text, and a client that sends
 * one where a text belongs should not have it stored. So is what SQLite would turn into NULL, like NaN.
 */
export function toSqlite(value: unknown, where: () => string): SqliteValue {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number' && !Number.isNaN(value)) return value
  if (typeof value === 'bigint' && isInt64(value)) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `${where()}: ${show(value)} cannot be stored. Hand over a text, a number, a bigint of 64 bits, a boolean, a valid Date, bytes or null; an object as JSON.stringify makes it (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}
