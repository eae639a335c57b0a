import { randomFillSync } from 'node:crypto'

/** 72 bits each: no two attempts of whatever processes have the same. Nine bytes are twelve characters of base64url. */
const TOKEN_BYTES = 9
const TOKEN_LENGTH = 12

/** Tokens drawn at once: a call for random bytes, and one for their text, costs more than the rest of a claim in memory. */
const DRAWN = 512

/** Gives each attempt a name of its own. */
export function tokenSource(): () => string {
  const bytes = Buffer.allocUnsafeSlow(TOKEN_BYTES * DRAWN)
  let drawn = ''
  let next = 0
  return function token() {
    if (next === drawn.length) {
      drawn = randomFillSync(bytes).toString('base64url')
      next = 0
    }
    const from = next
    next += TOKEN_LENGTH
    return drawn.slice(from, next)
  }
}
