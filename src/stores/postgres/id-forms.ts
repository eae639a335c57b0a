import type { IdValue } from '../sql/table-shape.js'
import type { Column } from './table-columns.js'
import { sqlState } from './errors.js'

/*
 * An id comes from a URL and may have any form. One that its column cannot have names no row. PostgreSQL would make it
 * an error, which ends a transaction, and with which pg closes the connection: the usual types are looked at here.
 */

const WHOLE = /^[+-]?\d{1,30}$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const UNSTORABLE = /[\0\p{Surrogate}]/u
/** the highest value of a type; its lowest is one further from 0 */
const HIGHEST: Readonly<Record<string, bigint>> = {
  smallint: 2n ** 15n - 1n,
  integer: 2n ** 31n - 1n,
  bigint: 2n ** 63n - 1n,
}

/** Whether a column can hold this id, as far as is known here. */
export function canBe(id: IdValue, column: Column | undefined): boolean {
  const text = String(id)
  const highest = HIGHEST[column?.type ?? '']
  if (highest !== undefined) {
    if (!WHOLE.test(text)) return false
    const value = text.length < 16 ? Number(text) : BigInt(text.replace('+', ''))
    return value <= highest && value >= -highest - 1n
  }
  if (column?.type === 'uuid') return UUID.test(text)
  return !UNSTORABLE.test(text)
}

/** Whether it can be inserted there, besides. */
export function hasRoom(id: IdValue, column: Column | undefined): boolean {
  return !column?.type.startsWith('character') || charactersOf(String(id)) <= column.length
}

/** as PostgreSQL counts them: code points */
function charactersOf(text: string): number {
  return Array.from(text).length
}

/** bytes of an id that always fit a row of its index, other columns of it included */
const SURE_TO_FIT = 1000

/** invalid_text_representation, numeric_value_out_of_range, character_not_in_repertoire, invalid_datetime_format, datetime_field_overflow */
const FORM_STATES = ['22P02', '22003', '22021', '22007', '22008']

/** Whether a statement failed for the form of some value: which one, PostgreSQL does not say. */
export function isFormError(error: unknown): boolean {
  return FORM_STATES.includes(sqlState(error) ?? '')
}

/** Whether an insert failed since an index has no room for so long an id: 54000 program_limit_exceeded. */
export function isTooLong(error: unknown, ids: readonly IdValue[]): boolean {
  return sqlState(error) === '54000' && ids.some((id) => Buffer.byteLength(String(id)) > SURE_TO_FIT)
}
