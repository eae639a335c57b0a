import { randomBytes } from 'node:crypto'

const LATIN1 = /^[\0-\xff]*$/

/**
 * The same text with memory of its own. A key cut from a URL otherwise keeps the whole URL alive for as long as
 * the key is stored. Not through UTF-8: two keys with different lone surrogates must stay two keys.
 */
export function flat(text: string): string {
  const encoding = LATIN1.test(text) ? 'latin1' : 'utf16le'
  return Buffer.from(text, encoding).toString(encoding)
}

/**
 * A cheap hash with 32 bits of seed, so that nobody outside can choose keys that all meet in one shard. The
 * shift within the loop lets high bits reach the low ones; without it those would depend on the low bits of
 * the characters alone, whatever the seed.
 */
export function seededHash(): (text: string) => number {
  const seed = randomBytes(4).readInt32LE()
  return function hash(text) {
    let state = seed
    for (let index = 0; index < text.length; index += 1) {
      state = Math.imul(state ^ text.charCodeAt(index), 0x9e3779b1)
      state ^= state >>> 15
    }
    return state >>> 0
  }
}

/** Ten characters of lower-case base36, 51 bits. Short slices are copies, so nothing else is kept alive. */
export function randomEpoch(): string {
  return randomBytes(8).readBigUInt64LE().toString(36).padStart(10, '0').slice(-10)
}
