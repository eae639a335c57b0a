import { IfMatchError, show } from '../../core/errors.js'
import type { Column } from './table-columns.js'

/**
 * A value as the drivers take it. A json or jsonb column takes any JSON value as it is read from there, a text too:
 * never a text of JSON. An array column takes an array. Objects and arrays are refused for all other columns: pg would
 * store their JSON, and a client that sends one where a text belongs should not have it stored. What has a method
 * `toPostgres`, as pg's intervals do, knows better.
 */
export function toPostgres(value: unknown, column: Column | undefined, where: () => string): unknown {
  const type = column?.type ?? ''
  if (value === null) return null
  if (type === 'json' || type === 'jsonb') {
    const json: unknown = isJson(value) ? JSON.stringify(value) : undefined
    if (typeof json === 'string') return json
  } else if (Array.isArray(value)) {
    if (type.endsWith('[]')) return value
  } else if (isScalar(value)) return value
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `${where()}: ${show(value)} cannot be stored in a column of type ${type}. Hand over a text, a number, a bigint, a boolean, a valid Date, bytes or null; an object only for json and jsonb, an array also for an array (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}

/** a bigint has no JSON; JSON.stringify would throw an error that names nothing */
function isJson(value: unknown): boolean {
  return typeof value !== 'bigint'
}

function isScalar(value: unknown): boolean {
  if (value instanceof Date) return !Number.isNaN(value.getTime())
  if (value instanceof Uint8Array) return true
  if (typeof value === 'object') return typeof (value as { toPostgres?: unknown }).toPostgres === 'function'
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
}
