import { optionError } from '../../core/errors.js'

/** A table's name as DynamoDB takes it, or its ARN. */
const TABLE = /^(?:[a-zA-Z0-9_.-]{3,255}|arn:[a-zA-Z0-9_.:/-]{1,1020})$/

/** bytes that the name of an attribute may have in a key or in an expression */
const LONGEST_NAME = 255

/** Half of a character: in UTF-8 all of them become the same U+FFFD. */
export const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * What the SDK cannot carry: it copies items member by member, and this one would set the prototype of the copy
 * instead of becoming an attribute.
 */
export const UNCARRIED = '__proto__'

export function tableName(option: string, name: unknown): string {
  if (typeof name === 'string' && TABLE.test(name) && name !== UNCARRIED) return name
  throw optionError(
    option,
    name,
    'Name the table as DynamoDB does, with 3 to 255 of a-z, A-Z, 0-9, `_`, `-` and `.`; or give its ARN.',
  )
}

/** An attribute's name: it only ever stands behind a placeholder, so it may have any characters. */
export function attributeName(option: string, name: unknown): string {
  if (
    typeof name === 'string' &&
    name !== '' &&
    name !== UNCARRIED &&
    !LONE_SURROGATE.test(name) &&
    Buffer.byteLength(name) <= LONGEST_NAME
  )
    return name
  throw optionError(
    option,
    name,
    `Name the attribute with a text of 1 to ${LONGEST_NAME} bytes in UTF-8 that is not ${UNCARRIED}, which the SDK cannot carry.`,
  )
}
