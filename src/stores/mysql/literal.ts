import { IfMatchError, show } from '../../core/errors.js'
import type { MysqlQueries } from './client.js'

/*
 * Values as SQL has them. Texts and bytes are written as hexadecimal digits: nothing in them can end the literal,
 * whatever sql_mode says of quotes and backslashes, and no table of prepared statements fills up on the server.
 */

export function hex(value: string | Uint8Array): string {
  const octets =
    typeof value === 'string'
      ? Buffer.from(value)
      : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return `x'${octets.toString('hex')}'`
}

export function text(value: string): string {
  return `_utf8mb4 ${hex(value)}`
}

/** For columns of octets. */
export function octetsOrNull(value: string | null): string {
  return value === null ? 'NULL' : hex(value)
}

const MIN = -(2n ** 63n)
const MAX = 2n ** 64n - 1n

/** as mysql2 writes a Date, in the time zone that it has been set to */
const MOMENT = /^'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?'$/

/**
 * A value that a change sets. A Date is written as mysql2 itself would, by its option `timezone`. A column of JSON takes
 * any JSON value as it is read from there, a text too: never a text of JSON. Objects and arrays are refused for all
 * other columns: a client that sends one where a text belongs should not have it stored.
 */
export function valueLiteral(
  client: MysqlQueries,
  value: unknown,
  json: boolean,
  where: () => string,
): string {
  if (value === null) return 'NULL'
  const literal = json ? jsonLiteral(value) : plainLiteral(client, value)
  if (literal !== undefined) return literal
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `${where()}: ${show(value)} cannot be stored. Hand over a text, a number, a bigint of 64 bits, a boolean, a Date of the years 0 to 9999, bytes or null; an object only for a column of JSON (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}

function jsonLiteral(value: unknown): string | undefined {
  try {
    const written: unknown = JSON.stringify(value)
    return typeof written === 'string' ? text(written) : undefined
  } catch {
    // a bigint, or a cycle
    return undefined
  }
}

function plainLiteral(client: MysqlQueries, value: unknown): string | undefined {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  if (typeof value === 'bigint') return value >= MIN && value <= MAX ? String(value) : undefined
  if (value instanceof Uint8Array) return hex(value)
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return undefined
  const literal = client.escape(value)
  return MOMENT.test(literal) ? literal : undefined
}
