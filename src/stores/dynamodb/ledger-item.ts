import { IfMatchError, show } from '../../core/errors.js'
import type { Swap } from '../../core/ledger.js'
import type { LedgerRecord } from '../../core/record.js'
import { recordOf } from '../sql/ledger-row.js'
import type { DynamodbItem, DynamodbUpdate } from './document.js'
import { numberText } from './numbers.js'
import { placeholders } from './placeholders.js'

/** Where a ledger's items are. */
export interface LedgerPlace {
  readonly table: string
  readonly partitionKey: string
}

const NUMBERS = ['count', 'fence', 'beat', 'lease'] as const

/** The attributes of an item beside its key. `token` and `settled` are not there where there is none. */
export const MEMBERS = [...NUMBERS, 'existence', 'token', 'doubtful', 'settled'] as const

/**
 * An item as a record, unmarshalled or, as errors carry it, not. One that this library cannot have written is
 * ERR_STORE_SCHEMA, and never taken for a version.
 */
export function recordOfItem(
  ledger: string,
  { partitionKey }: LedgerPlace,
  item: DynamodbItem,
): LedgerRecord {
  const key = plain(item[partitionKey])
  const row: Record<string, unknown> = { key }
  for (const member of MEMBERS) row[member] = plain(item[member])
  for (const member of NUMBERS) {
    const number = typed(item[member]).N ?? numberText(item[member])
    // a text is no number, and would never be equal to one: each swap from it would be refused, and tried again
    if (typeof number !== 'string') throw notANumber(ledger, key, member, row[member])
    row[member] = Number(number)
  }
  return recordOf(ledger, row)
}

/** One attribute in the form of DynamoDB's own protocol. */
interface Typed {
  readonly S?: unknown
  readonly N?: unknown
  readonly BOOL?: unknown
}

function typed(value: unknown): Typed {
  return typeof value === 'object' && value !== null ? value : {}
}

function plain(value: unknown): unknown {
  const { S, BOOL } = typed(value)
  return S ?? BOOL ?? value ?? null
}

function notANumber(ledger: string, key: unknown, member: string, value: unknown): IfMatchError {
  return new IfMatchError(
    'ERR_STORE_SCHEMA',
    `${ledger}: the item of key ${show(key)} has ${show(value)} under ${show(member)}, where a number belongs. Nothing else may write to this table; and \`wrapNumbers\` of the document client may be true, or give a bigint, but no text (ERR_STORE_SCHEMA, see docs/errors.md)`,
  )
}

/** The one request that makes a swap, or is refused. What nobody has seen yet is claimed by it too. */
export function swapRequest({ table, partitionKey }: LedgerPlace, key: string, swap: Swap): DynamodbUpdate {
  const { from, to } = swap
  const { name, value, members } = placeholders()
  const set = [
    `${name('count')} = ${value(to.count)}`,
    `${name('beat')} = ${value(to.beat)}`,
    `${name('lease')} = ${value(to.lease)}`,
    `${name('doubtful')} = ${value(to.doubtful)}`,
    `${name('fence')} = if_not_exists(${name('fence')}, ${value(0)}) + ${value(to.raiseFence ? 1 : 0)}`,
    to.existence === undefined
      ? `${name('existence')} = if_not_exists(${name('existence')}, ${value('unknown')})`
      : `${name('existence')} = ${value(to.existence)}`,
  ]
  const remove: string[] = []
  const put = (member: string, text: string | null): void => {
    if (text === null) remove.push(name(member))
    else set.push(`${name(member)} = ${value(text)}`)
  }
  put('token', to.token)
  if (to.settled !== undefined) put('settled', to.settled)

  const token =
    from.token === null ? `attribute_not_exists(${name('token')})` : `${name('token')} = ${value(from.token)}`
  const stands = `${name('count')} = ${value(from.count)} AND ${name('beat')} = ${value(from.beat)} AND ${token}`
  const unseen = from.count === 0 && from.token === null && from.beat === 0
  return {
    TableName: table,
    Key: { [partitionKey]: key },
    UpdateExpression: `SET ${set.join(', ')}${remove.length === 0 ? '' : ` REMOVE ${remove.join(', ')}`}`,
    ConditionExpression: unseen ? `attribute_not_exists(${name(partitionKey)}) OR (${stands})` : stands,
    ...members,
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }
}
