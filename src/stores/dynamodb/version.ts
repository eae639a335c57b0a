import { randomInt, randomUUID } from 'node:crypto'
import { optionError } from '../../core/errors.js'
import { versionRule } from '../sql/version-rule.js'
import { numberText } from './numbers.js'
import type { Placeholders } from './placeholders.js'

/**
 * What a version attribute holds. `integer` is a number of up to 64 bits, raised by one with every write, and `bigint`
 * the same; `uuid` is a text that is drawn anew with every write. With it a write that the SDK sent again, since the
 * first answer was lost, is recognised as made; with a number it is answered as `outcome-unknown`.
 */
export type DynamodbVersionType = 'integer' | 'bigint' | 'uuid'

/** How one kind of version is read, compared and moved on. */
export interface DynamodbVersion {
  /** the type of its attribute, as `attribute_type` names it */
  readonly type: 'N' | 'S'
  /** whether this text is how a version is spelled; no version has two spellings */
  isVersion(text: string): boolean
  /** the version that an attribute is, undefined for none */
  textOf(value: unknown): string | undefined
  /** as it is compared */
  bound(text: string): bigint | string
  /** the version after the one that stands, drawn once for each write; `own` where it can be told from all others */
  next(): Move
  /** the version of a new item; where it may stand for a deleted one, a further one than that had */
  first(revives: boolean): Move
}

export interface Move {
  /** what the version attribute is set to */
  expression(attribute: string, value: Placeholders['value']): string
  readonly own: string | undefined
}

/** Reads the options `versionType` and `start`; throws ERR_OPTION_INVALID. */
export function readVersion(
  type: DynamodbVersionType = 'integer',
  start: () => number = startOfLife,
): DynamodbVersion {
  if (typeof start !== 'function')
    throw optionError('start', start, 'Give a function that returns a whole number.')
  if (type === 'integer' || type === 'bigint') return integer(start)
  if ((type as unknown) === 'uuid') return UUID
  throw optionError('versionType', type, "Give 'integer', 'bigint' or 'uuid'.")
}

function integer(start: () => number): DynamodbVersion {
  const rule = versionRule('integer')
  return {
    type: 'N',
    isVersion: (text) => rule.isVersion(text),
    textOf(value) {
      const text = numberText(value)
      return text !== undefined && rule.isVersion(text) ? text : undefined
    },
    bound: (text) => BigInt(text),
    next: () => ({ own: undefined, expression: (attribute, value) => `${attribute} + ${value(1)}` }),
    first(revives) {
      const count: unknown = start()
      if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0)
        throw optionError('start()', count, 'Return a whole number, 0 or above, below 2^53.')
      return {
        own: undefined,
        expression: (attribute, value) =>
          revives ? `if_not_exists(${attribute}, ${value(count - 1)}) + ${value(1)}` : value(count),
      }
    },
  }
}

const RULE = versionRule('uuid')

const UUID: DynamodbVersion = {
  type: 'S',
  isVersion: (text) => RULE.isVersion(text),
  // in lower case only: DynamoDB compares octets, and no client could name one in capitals
  textOf: (value) => (typeof value === 'string' && RULE.isVersion(value) ? value : undefined),
  bound: (text) => text,
  next: drawn,
  first: drawn,
}

function drawn(): Move {
  const own = randomUUID()
  return { own, expression: (_, value) => value(own) }
}

/**
 * An item that is deleted takes its version with it. Were the next one of the same id to start at 1 again, a version
 * that a client still holds would come back and match (P2). The wall clock in microseconds is above whatever an
 * earlier life reached, unless that had over a thousand updates in every ms of its life; the random digits
 * tell lives apart that began in the same ms. Below 2^53 until the year 2255.
 */
function startOfLife(): number {
  return Date.now() * 1000 + randomInt(1000)
}
