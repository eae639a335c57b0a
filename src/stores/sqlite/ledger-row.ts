import type { Swap } from '../../core/ledger.js'
import type { SqliteValue } from './database.js'

/**
 * A key as it is stored. SQLite would turn every lone surrogate into the same U+FFFD, and two of its drivers cut
 * a text at NUL when they read it back: these are spelled out, so that no two keys become one.
 */
export function storedKey(key: string): string {
  return key.replace(/[\0\uFFFD\p{Surrogate}]/gu, (unit) => {
    return `\uFFFD${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

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
