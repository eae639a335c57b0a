import { randomInt } from 'node:crypto'
import { optionError } from '../core/errors.js'

/** By how much the next version is above this one. */
export type Steps = () => number

/** counts are below 2^53: with more than this left out each time, they would not last */
const MOST_SKIPS = 2 ** 32

/** `skips`: how many counts the ledger lets a version leave out. Throws ERR_OPTION_INVALID. */
export function stepSource(skips = 0): Steps {
  if (!(Number.isInteger(skips) && skips >= 0 && skips <= MOST_SKIPS))
    throw optionError('ledger.skips', skips, 'Let the ledger give a whole number from 0 to 2^32, or none.')
  return skips === 0 ? () => 1 : () => 1 + randomInt(skips + 1)
}
