import type { Swap } from '../../core/ledger.js'

/** What the script is given for a swap; see there. */
export function swapArguments({ from, to }: Swap): string[] {
  return [
    String(from.count),
    mark(from.token),
    String(from.beat),
    String(to.count),
    mark(to.token),
    String(to.beat),
    // what is left of an invocation may have a fraction
    String(Math.ceil(to.lease)),
    to.doubtful ? '1' : '0',
    to.existence ?? '',
    to.settled === undefined ? '' : mark(to.settled),
    to.raiseFence ? 'raise' : '',
  ]
}

function mark(token: string | null): string {
  return token === null ? '-' : `=${token}`
}
