import type { Swap } from '../../core/ledger.js'
import type { SqliteValue } from './database.js'

/** The parameters of `swap`. */
export function swapParams(key: string, swap: Swap): SqliteValue[] {
  return [...changeParams(swap), key, ...matchParams(swap)]
}

/** The parameters of `swapUnseen`. */
export function swapUnseenParams(key: string, swap: Swap): SqliteValue[] {
  const { to } = swap
  const row = [key, to.count, to.existence ?? null, to.raiseFence ? 1 : 0, to.token, to.beat, to.lease]
  return [...row, to.doubtful ? 1 : 0, to.settled ?? null, ...changeParams(swap), ...matchParams(swap)]
}

function changeParams({ to }: Swap): SqliteValue[] {
  const settles = to.settled === undefined ? 0 : 1
  const start = [to.count, to.existence ?? null, to.raiseFence ? 1 : 0, to.token, to.beat, to.lease]
  return [...start, to.doubtful ? 1 : 0, settles, to.settled ?? null]
}

function matchParams({ from }: Swap): SqliteValue[] {
  return [from.count, from.token, from.beat]
}
