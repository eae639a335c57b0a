import { createHash } from 'node:crypto'

/** bytes in UTF-8 that DynamoDB takes in a partition key */
const LONGEST_KEY = 2048

/** Never in a stored key but as the beginning of what is spelled out. */
const MARK = '\uFFFD'

/**
 * A key as it is stored, so that no two keys become one: lone surrogates, which UTF-8 would turn into the same U+FFFD,
 * are spelled out, and so is U+FFFD itself. DynamoDB takes neither an empty key nor one above 2048 bytes: the mark
 * alone stands for the one, the mark and a hash for the other.
 */
export function storedKey(key: string): string {
  if (key === '') return MARK
  const spelled = key.replace(/[\uFFFD\p{Surrogate}]/gu, (unit) => {
    return `${MARK}${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  if (Buffer.byteLength(spelled) <= LONGEST_KEY) return spelled
  return `${MARK}sha256:${createHash('sha256').update(spelled).digest('base64url')}`
}
