import { createHash } from 'node:crypto'

const SHOWN = 100

/**
 * A key as it is stored, so that no two keys become one. UTF-8 has no lone surrogates, and every one would become the
 * same U+FFFD; text columns have no room for NUL, and some drivers cut a text there: these are spelled out behind a
 * U+FFFD, as is U+FFFD itself. No index has room for a text of any length: a key of more than `most` bytes is stored
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
