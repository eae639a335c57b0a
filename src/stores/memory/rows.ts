import { IfMatchError, optionError, show } from '../../core/errors.js'
import type { Identity } from '../../core/table.js'

/** A row and its version; without the row, what a deleted one leaves behind: its version, to go on from. */
export interface Entry {
  readonly row: object | undefined
  readonly version: number
}

/** Where a row is found. `42` and `'42'` are one row, as in a database that converts a path's text to its column. */
export function placeOf(identity: Identity, id: string): { place: string; value: unknown } {
  const value = memberOf(identity, id)
  if (isId(value)) return { place: String(value), value }
  throw new IfMatchError(
    'ERR_KEY_INVALID',
    `memoryTable: ${show(value)} cannot be the ${id} of a row. Name a text or a number by the parameters of the key (ERR_KEY_INVALID, see docs/errors.md)`,
  )
}

function memberOf(identity: Identity, id: string): unknown {
  if (Object.hasOwn(identity, id)) return identity[id]
  const [sole, ...others] = Object.values(identity)
  if (sole !== undefined && others.length === 0) return sole
  throw new IfMatchError(
    'ERR_KEY_MISMATCH',
    `memoryTable: the key has no part that is called ${show(id)}, but ${show(Object.keys(identity).join(', '))}. ` +
      'Call a parameter of the key template like the option id (ERR_KEY_MISMATCH, see docs/errors.md)',
  )
}

function isId(value: unknown): value is string | number | bigint {
  return typeof value === 'string' || typeof value === 'bigint' || Number.isFinite(value)
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** The members of both, the later ones over the earlier; `__proto__` is a column like any other. */
export function mergeRows(...parts: readonly object[]): object {
  return Object.fromEntries(parts.flatMap((part): [string, unknown][] => Object.entries(part)))
}

/** One column; an object literal would turn a computed `__proto__` into a column too, an assignment would not. */
export function column(name: string, value: unknown): object {
  return Object.fromEntries([[name, value]])
}

/** The rows that a table starts with. */
export function firstRows(rows: readonly unknown[], id: string, version: string): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const given of rows) {
    if (typeof given !== 'object' || given === null)
      throw optionError('rows', given, 'Give memoryTable an array of objects.')
    const columns = new Map<string, unknown>(Object.entries(given))
    const key = columns.get(id)
    if (!isId(key))
      throw optionError('rows', given, `Give every row a text or a number as ${show(id)}, the option id.`)
    const count = columns.get(version) ?? 1
    if (!isCount(count))
      throw optionError('rows', count, `Give ${show(version)} a whole number, or leave it out for 1.`)
    if (entries.has(String(key)))
      throw optionError('rows', key, `Give every row an ${show(id)} of its own; two have this one.`)
    const row = structuredClone(mergeRows(given, column(version, count)))
    entries.set(String(key), { row, version: count })
  }
  return entries
}
