import type { Swap } from '../../core/ledger.js'

/**
 * A name as it is stored. UTF-8 has no lone surrogates: every one would become the same U+FFFD, and two keys one.
 * Everything else, NUL and braces too, is a byte like any other to Redis.
 */
export function storedName(name: string): string {
  return name.replace(/[\uFFFD\p{Surrogate}]/gu, (unit) => {
    return `\uFFFD${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

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
