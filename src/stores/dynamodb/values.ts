import { IfMatchError, show } from '../../core/errors.js'
import { UNCARRIED } from './names.js'

/** levels of lists and maps that DynamoDB keeps */
const DEEPEST = 32

/** numbers of DynamoDB have up to 38 digits, and are 0 or at least this far from it */
const MOST_DIGITS = 10n ** 38n
const SMALLEST = 1e-130

/**
 * A value as it is handed to the document client. A Date becomes ISO 8601 text in UTC, and a member that is undefined is
 * left out, as JSON has it. Refused, whatever marshallOptions the client has, is what it would refuse, lose, or store as
 * something else: NaN, a number past 2^53, an empty set, undefined in a list, a function, an object of a class.
 */
export function storable(where: string, value: unknown, depth = 0): unknown {
  const inner = (one: unknown): unknown => storable(where, one, depth + 1)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (isNumber(value)) return value
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (value instanceof Uint8Array || value instanceof ArrayBuffer || isNumberValue(value)) return value
  if (value instanceof Set && value.size > 0 && isSet([...value])) return value
  // holes included, which the SDK would close
  if (depth < DEEPEST && Array.isArray(value)) return Array.from(value, inner)
  const members = depth < DEEPEST ? membersOf(value) : undefined
  // as a Map: of a plain object the SDK takes a member named `constructor` for its class
  if (members !== undefined) return new Map(members.map(([name, member]) => [name, inner(member)]))
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `${where}: ${show(value)} cannot be stored. Hand over a text, a number below 2^53, a bigint of 38 digits, a boolean, a valid Date, bytes, null, a set of one kind that is not empty, or lists and plain objects of these, at most ${DEEPEST} deep (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}

/** Whether DynamoDB keeps it as it is; NaN and the infinities are no numbers there. */
export function isNumber(value: unknown): value is number | bigint {
  if (typeof value === 'bigint') return value < MOST_DIGITS && value > -MOST_DIGITS
  if (typeof value !== 'number') return false
  const size = Math.abs(value)
  return size <= Number.MAX_SAFE_INTEGER && (size === 0 || size >= SMALLEST)
}

/** What `wrapNumbers` of the document client reads. */
function isNumberValue(value: unknown): boolean {
  return typeof (value as { toAttributeValue?: unknown } | undefined)?.toAttributeValue === 'function'
}

function isSet(members: readonly unknown[]): boolean {
  return (
    members.every((member) => typeof member === 'string') ||
    members.every(isNumber) ||
    members.every((member) => member instanceof Uint8Array) ||
    members.every(isNumberValue)
  )
}

/** What a map has, undefined where the value is none that can be carried. */
function membersOf(value: unknown): (readonly [name: string, member: unknown])[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  const plain = prototype === Object.prototype || prototype === null
  if (!plain || Object.hasOwn(value, UNCARRIED)) return undefined
  return Object.entries(value).filter(([, member]) => member !== undefined)
}
