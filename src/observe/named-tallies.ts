import { addTally, emptyTally, type Tally } from './tally.js'

/** Tallies by name, never more than `capacity` of them. */
export interface NamedTallies<T extends Tally> {
  /** the tally of this name, a new one where there is none */
  of(name: string): T
  /** the most refused first, then the most written */
  sorted(): [name: string, tally: T][]
  /** the sum of all that had to make room */
  readonly others: Tally
  readonly dropped: number
}

interface Kept<T> {
  readonly tally: T
  /** never less than how often this name came */
  weight: number
}

/**
 * Names come from clients, and a hostile one brings as many as it likes. Where there is no room the lightest goes,
 * and the new one begins where that one stood (the Space-Saving algorithm of Metwally, Agrawal and El Abbadi): a
 * name that comes more often than one time in `capacity` is then kept, whatever else comes.
 */
export function namedTallies<T extends Tally>(capacity: number, create: () => T): NamedTallies<T> {
  const names = new Map<string, Kept<T>>()
  const others = emptyTally()
  let dropped = 0

  /** answers the weight of what has gone */
  const dropLightest = (): number => {
    let lightest: [string, Kept<T>] | undefined
    for (const entry of names) if (entry[1].weight < (lightest?.[1].weight ?? Infinity)) lightest = entry
    if (lightest === undefined) return 0
    const [name, { tally, weight }] = lightest
    names.delete(name)
    addTally(others, tally)
    dropped += 1
    return weight
  }

  return {
    of(name) {
      const known = names.get(name)
      const kept = known ?? { tally: create(), weight: names.size < capacity ? 0 : dropLightest() }
      kept.weight += 1
      if (known === undefined) names.set(name, kept)
      return kept.tally
    },
    sorted: () =>
      [...names]
        .map(([name, { tally }]): [string, T] => [name, tally])
        .sort(([, a], [, b]) => b.refused - a.refused || b.writes - a.writes),
    others,
    get dropped() {
      return dropped
    },
  }
}
