import { storedKey } from '../sql/stored-key.js'

/** bytes in UTF-8 that DynamoDB takes in a partition key */
const LONGEST_KEY = 2048

/** DynamoDB takes no empty key. In a stored one U+FFFD never stands at the end. */
const EMPTY = '\uFFFD'

/** A key as it is stored, so that no two keys become one. */
export function itemKeyOf(key: string): string {
  return key === '' ? EMPTY : storedKey(key, LONGEST_KEY)
}
