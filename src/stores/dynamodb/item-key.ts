import { IfMatchError, show } from '../../core/errors.js'
import type { Identity } from '../../core/table.js'
import type { DynamodbItem } from './document.js'
import { LONE_SURROGATE } from './names.js'
import { isNumber } from './values.js'

/** bytes in UTF-8 of a text in the partition key, and in the sort key */
const LONGEST = [2048, 1024] as const

/**
 * The key of an item. Undefined where it has a text that no key can have: then nothing stands there, and a client
 * that makes up such ids gets no error of the server's. Throws ERR_KEY_MISMATCH for what is neither text nor number.
 */
export function keyOf(table: string, ids: readonly string[], identity: Identity): DynamodbItem | undefined {
  const key = ids.map((id) => [id, idValue(table, identity, id, ids.length === 1)] as const)
  for (const [place, [, value]] of key.entries()) {
    if (typeof value !== 'string') continue
    const longest = LONGEST[place] ?? 0
    if (value === '' || Buffer.byteLength(value) > longest || LONE_SURROGATE.test(value)) return undefined
  }
  return Object.fromEntries(key)
}

/** What an insert under such a key is answered with. */
export function impossibleKey(table: string): IfMatchError {
  return new IfMatchError(
    'ERR_KEY_MISMATCH',
    `${table}: no item can have this id. A text in a key has 1 to ${LONGEST[0]} bytes in UTF-8, in the sort key ${LONGEST[1]} (ERR_KEY_MISMATCH, see docs/errors.md)`,
  )
}

/** A template with one parameter may call it as the attribute, or `id`. */
function idValue(table: string, identity: Identity, id: string, sole: boolean): string | number | bigint {
  const value = Object.hasOwn(identity, id) || !sole ? identity[id] : identity.id
  if (typeof value === 'string' || isNumber(value)) return value
  throw new IfMatchError(
    'ERR_KEY_MISMATCH',
    `${table}: the key gives ${show(value)} for the id attribute ${show(id)}. Its template must have a parameter of that name, with a text or a number (ERR_KEY_MISMATCH, see docs/errors.md)`,
  )
}
