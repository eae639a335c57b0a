import { IfMatchError, show } from '../../core/errors.js'
import type { Swap } from '../../core/ledger.js'
import type { Existence, LedgerRecord } from '../../core/record.js'
import type { SqliteRow, SqliteValue } from './database.js'

/**
 * A key as it is stored. SQLite would turn every lone surrogate into the same U+FFFD, and two of its drivers cut
 * a text at NUL when they read it back: these are spelled out, so that no two keys become one.
 */
export function storedKey(key: string): string {
  return key.replace(/[\0\uFFFD\p{Surrogate}]/gu, (unit) => {
    return `\uFFFD${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** A row as a record. A row that the library cannot have written is an error, and never taken for a version. */
export function recordOf(row: SqliteRow): LedgerRecord {
  const token = text(row, 'token')
  const beat = whole(row, 'beat')
  const lease = whole(row, 'lease')
  const doubtful = whole(row, 'doubtful')
  if (doubtful > 1) throw corrupt(row, 'doubtful')
  if (token === null && beat !== 0) throw corrupt(row, 'beat')
  return {
    count: whole(row, 'count'),
    existence: existence(row),
    fence: whole(row, 'fence'),
    claim: token === null ? null : { token, beat, lease, doubtful: doubtful === 1 },
    settled: text(row, 'settled'),
  }
}

function whole(row: SqliteRow, column: string): number {
  const value = row[column]
  // a bigint where the application has set its connection to them
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) throw corrupt(row, column)
  return number
}

function text(row: SqliteRow, column: string): string | null {
  const value = row[column]
  if (value !== null && typeof value !== 'string') throw corrupt(row, column)
  return value
}

function existence(row: SqliteRow): Existence {
  const value = row.existence
  if (value === 'unknown' || value === 'present' || value === 'deleted') return value
  throw corrupt(row, 'existence')
}

function corrupt(row: SqliteRow, column: string): IfMatchError {
  return new IfMatchError(
    'ERR_STORE_SCHEMA',
    `sqlite ledger: the row of key ${show(row.key)} has ${show(row[column])} under ${show(column)}, which this library did not write. Nothing else may write to this table (ERR_STORE_SCHEMA, see docs/errors.md)`,
  )
}

/** The parameters of `swap`. */
export function swapParams(key: string, swap: Swap): SqliteValue[] {
  return [...changeParams(swap), key, ...matchParams(swap)]
}

/** The parameters of `swapUnseen`. */
export function swapUnseenParams(key: string, swap: Swap): SqliteValue[] {
  const { to } = swap
  const row = [key, to.count, to.existence ?? null, to.raiseFence ? 1 : 0, to.token, to.beat, to.lease]
  return [...row, to.doubtful ? 1 : 0, to.settled ?? null, ...changeParams(swap), ...matchParams(swap)]
}

function changeParams({ to }: Swap): SqliteValue[] {
  const settles = to.settled === undefined ? 0 : 1
  const start = [to.count, to.existence ?? null, to.raiseFence ? 1 : 0, to.token, to.beat, to.lease]
  return [...start, to.doubtful ? 1 : 0, settles, to.settled ?? null]
}

function matchParams({ from }: Swap): SqliteValue[] {
  return [from.count, from.token, from.beat]
}
