import { randomFillSync } from 'node:crypto'

/** 72 bits each: no two attempts of whatever processes have the same. */
const TOKEN_BYTES = 9

/** Tokens drawn at once: a call for random bytes costs more than all the rest of a claim in memory. */
const DRAWN = 128

/** Gives each attempt a name of its own. */
export function tokenSource(): () => string {
  const pool = Buffer.allocUnsafeSlow(TOKEN_BYTES * DRAWN)
  let next = pool.length
  return function token() {
    if (next === pool.length) {
      randomFillSync(pool)
      next = 0
    }
    const from = next
    next += TOKEN_BYTES
    return pool.toString('base64url', from, next)
  }
}
