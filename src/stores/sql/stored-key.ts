import { createHash } from 'node:crypto'

const SHOWN = 100

/**
 * A key as text columns can hold it: none has room for NUL or for a lone surrogate, and every database would turn
 * one into something that another key is too. These are spelled out behind a U+FFFD, as is U+FFFD itself, so that no
 * two keys become one. Neither has an index room for a text of any length: a key of more than `most` bytes is stored
 * as its first characters and its SHA-256.
 */
export function storedKey(key: string, most = Infinity): string {
  const spelled = key.replace(/[\0\uFFFD\p{Surrogate}]/gu, (unit) => {
    return `\uFFFD${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  if (Buffer.byteLength(spelled) <= most) return spelled
  const hash = createHash('sha256').update(spelled).digest('hex')
  // the mark is none of those above, for they go on with four hexadecimal digits
  return `${spelled.slice(0, SHOWN).replace(/\p{Surrogate}$/u, '')}\uFFFD#${hash}`
}
