import type { Swap } from '../../core/ledger.js'

/** What the script is given for a swap; see there. */
export function swapArguments({ from, to }: Swap): string[] {
  // what is left of an invocation may have a fraction
  const lease = Math.ceil(to.lease)
  const flags = `${to.doubtful ? 1 : 0} ${to.raiseFence ? 1 : 0}`
  return [
    `${from.count} ${from.beat} ${to.count} ${to.beat} ${lease} ${flags} ${to.existence ?? '-'}`,
    mark(from.token),
    mark(to.token),
    to.settled === undefined ? '' : mark(to.settled),
  ]
}

/** Those of a read, where others come after them. */
export const NO_SWAP: readonly string[] = ['', '', '', '']

function mark(token: string | null): string {
  return token === null ? '-' : `=${token}`
}
