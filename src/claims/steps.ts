import { randomInt } from 'node:crypto'

/** By how much the next version is above this one. */
export type Steps = () => number

/** `skips`: how many counts the ledger lets a version leave out. */
export function stepSource(skips = 0): Steps {
  return skips === 0 ? () => 1 : () => 1 + randomInt(skips + 1)
}
