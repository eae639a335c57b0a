import { IfMatchError, show } from '../../core/errors.js'
import type { Existence, LedgerRecord } from '../../core/record.js'

/** A row as its driver gives it. */
export type SqlRow = Readonly<Record<string, unknown>>

/**
 * A ledger's row as a record. `remaining`, in ms, is there where the database's own clock ends claims. A row that the
 * library cannot have written is ERR_STORE_SCHEMA, and never taken for a version.
 */
export function recordOf(ledger: string, row: SqlRow): LedgerRecord {
  const corrupt = (column: string): IfMatchError =>
    new IfMatchError(
      'ERR_STORE_SCHEMA',
      `${ledger}: the row of key ${show(row.key)} has ${show(row[column])} under ${show(column)}, which this library did not write. Nothing else may write to this table (ERR_STORE_SCHEMA, see docs/errors.md)`,
    )
  const number = (column: string): number => {
    const value = row[column]
    // a bigint or a text where the driver gives those for 64 bits
    const number = typeof value === 'bigint' || isDigits(value) ? Number(value) : value
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw corrupt(column)
    return number
  }
  const whole = (column: string): number => {
    const value = number(column)
    if (value < 0) throw corrupt(column)
    return value
  }
  const text = (column: string): string | null => {
    const value = row[column]
    if (value !== null && typeof value !== 'string') throw corrupt(column)
    return value
  }
  const existence = (): Existence => {
    const value = row.existence
    if (value === 'unknown' || value === 'present' || value === 'deleted') return value
    throw corrupt('existence')
  }
  const flag = (column: string): boolean => {
    const value = typeof row[column] === 'boolean' ? Number(row[column]) : whole(column)
    if (value > 1) throw corrupt(column)
    return value === 1
  }
  const token = text('token')
  const beat = whole('beat')
  if (token === null && beat !== 0) throw corrupt('beat')
  const standing = { beat, lease: whole('lease'), doubtful: flag('doubtful') }
  const claim = token === null ? null : { token, ...standing }
  return {
    count: whole('count'),
    existence: existence(),
    fence: whole('fence'),
    claim:
      claim !== null && row.remaining !== undefined ? { ...claim, remaining: number('remaining') } : claim,
    settled: text('settled'),
  }
}

function isDigits(value: unknown): value is string {
  return typeof value === 'string' && /^-?\d{1,17}$/.test(value)
}
