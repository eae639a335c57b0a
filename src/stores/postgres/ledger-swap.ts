import type { Swap } from '../../core/ledger.js'
import type { Existence } from '../../core/record.js'
import type { SqlRow } from '../sql/ledger-row.js'
import { whole } from '../sql/whole.js'
import { keyOf } from './ledger-key.js'
import type { Statement } from './table-sql.js'
import { binding } from './version-sql.js'

/** A swap as one statement, and what is known of the row after it. */
export interface SwapStatement extends Statement {
  /** what the statement returns, and what it has set itself, as a row */
  row(returned: SqlRow): SqlRow
}

export interface SwapPlace {
  readonly table: string
  /** what a claim has left, in ms, by the server's clock; undefined where that has no say */
  readonly remaining: string | undefined
}

/** as SQL has them */
const EXISTENCE: Readonly<Record<Existence, string>> = {
  unknown: "'unknown'",
  present: "'present'",
  deleted: "'deleted'",
}

/**
 * Nothing stands in it but what is changed and compared, and nothing is returned that is known: PostgreSQL reads and
 * plans each statement anew. Numbers stand in the text, for a parameter costs more (docs/decisions/0023). What nobody has seen yet is swapped by the same single statement.
 */
export function swapStatement({ table, remaining }: SwapPlace, key: string, swap: Swap): SwapStatement {
  const { from, to } = swap
  const { bind, values } = binding()
  const text = (value: string): string => `${bind(value)}::text`

  const name = text(keyOf(key))
  const held = from.token === null ? undefined : text(from.token)
  const match = `l."count" = ${whole(from.count)} AND l."token" ${held === undefined ? 'IS NULL' : `= ${held}`} AND l."beat" = ${whole(from.beat)}`

  const orHeld = (token: string): string => (held !== undefined && token === from.token ? held : text(token))
  const lease = whole(to.lease)
  // a move under a claim leaves its end where it is; a claim and a renewal begin a new lease
  const goesOn = to.token === from.token && to.beat === from.beat
  const set: [column: string, value: string][] = [
    ['token', to.token === null ? 'NULL' : orHeld(to.token)],
    ['beat', whole(to.beat)],
    ['lease', lease],
    ['doubtful', String(to.doubtful)],
  ]
  if (to.count !== from.count) set.push(['count', whole(to.count)])
  if (to.existence !== undefined) set.push(['existence', EXISTENCE[to.existence]])
  if (to.settled !== undefined) set.push(['settled', to.settled === null ? 'NULL' : orHeld(to.settled)])
  if (!goesOn)
    set.push([
      'expires',
      to.token === null ? 'NULL' : `clock_timestamp() + ${lease} * interval '1 millisecond'`,
    ])
  const changes = set.map(([column, value]) => `"${column}" = ${value}`)
  if (to.raiseFence) changes.push('"fence" = l."fence" + 1')

  const returned = ['l."fence"']
  if (to.existence === undefined) returned.push('l."existence"')
  if (to.settled === undefined) returned.push('l."settled"')
  if (remaining !== undefined && to.token !== null && goesOn) returned.push(remaining)

  const insert = (): string => {
    const fresh = new Map([
      ['key', name],
      ['count', '0'],
      ['existence', "'unknown'"],
      ['fence', to.raiseFence ? '1' : '0'],
      ...set,
    ])
    const columns = [...fresh.keys()].map((column) => `"${column}"`)
    return `INSERT INTO ${table} AS l (${columns.join(', ')}) VALUES (${[...fresh.values()].join(', ')}) ON CONFLICT ("key") DO UPDATE SET ${changes.join(', ')} WHERE`
  }
  const begin = isUnseen(swap)
    ? insert()
    : `UPDATE ${table} AS l SET ${changes.join(', ')} WHERE l."key" = ${name} AND`
  const { raiseFence: _, ...known } = to
  return {
    text: `${begin} ${match} RETURNING ${returned.join(', ')}`,
    values,
    row: (told) => ({
      key,
      ...known,
      ...(remaining === undefined || to.token === null ? {} : { remaining: to.lease }),
      ...told,
    }),
  }
}

/** Whether a swap starts from a record that may not be stored yet. */
function isUnseen({ from: { count, token, beat } }: Swap): boolean {
  return count === 0 && token === null && beat === 0
}
