import type { Rival, Rivals } from './report-data.js'

/** What is counted, of whatever. */
export interface Tally {
  writes: number
  refused: number
  enforced: number
  readonly rivals: Record<Rival, number>
  /** ms since the epoch; of refusals */
  first: number | undefined
  last: number | undefined
}

export function emptyTally(): Tally {
  return {
    writes: 0,
    refused: 0,
    enforced: 0,
    rivals: { self: 0, other: 0, unknown: 0 },
    first: undefined,
    last: undefined,
  }
}

export function addTally(into: Tally, from: Tally): void {
  into.writes += from.writes
  into.refused += from.refused
  into.enforced += from.enforced
  for (const rival of ['self', 'other', 'unknown'] as const) into.rivals[rival] += from.rivals[rival]
}

export function seeRefusal(tally: Tally, at: number): void {
  tally.first ??= at
  tally.last = at
}

export function countsOf({ refused, enforced, rivals }: Tally): {
  refused: number
  enforced: number
  rivals: Rivals
} {
  return { refused, enforced, rivals: { ...rivals } }
}

export function seenOf({ first, last }: Tally): {
  firstSeen: string | undefined
  lastSeen: string | undefined
} {
  return { firstSeen: moment(first), lastSeen: moment(last) }
}

function moment(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString()
}
