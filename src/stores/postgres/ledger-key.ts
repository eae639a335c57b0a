import { storedKey } from '../sql/stored-key.js'

/** bytes of a key that are stored as they are; a row of an index has room for 2,700, many small ones on a page are faster */
const LONGEST_KEY = 1000

export function keyOf(key: string): string {
  return storedKey(key, LONGEST_KEY)
}
