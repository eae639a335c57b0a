/** Does its work once, and says what one unit of it cost or gave: µs of CPU, operations per second, bytes. */
export type Side = () => Promise<number>

/** A quarter lies below `low`, a quarter above `high`. */
export interface Spread {
  readonly low: number
  readonly median: number
  readonly high: number
}

/** One side beside the baseline. */
export interface Compared {
  /** the side over the baseline of the same round */
  readonly ratio: Spread
  /** the side by itself, in its own unit */
  readonly side: Spread
}

export interface Comparison<Name extends string> {
  readonly sides: Readonly<Record<Name, Compared>>
  /** the baseline over itself, in each round: what of a ratio is noise */
  readonly control: Spread
  readonly baseline: Spread
}

/**
 * Runs the baseline and the sides alternately, round by round, so that whatever else the machine does meets all of
 * them; the baseline at both ends of a round, the sides in another order each time. The first round warms up.
 */
export async function compare<Name extends string>(
  baseline: Side,
  sides: Readonly<Record<Name, Side>>,
  rounds: number,
): Promise<Comparison<Name>> {
  const names = Object.keys(sides) as Name[]
  const seen = Object.fromEntries(
    names.map((name) => [name, { ratio: [] as number[], side: [] as number[] }]),
  ) as Record<Name, { ratio: number[]; side: number[] }>
  const [controls, baselines]: [number[], number[]] = [[], []]

  for (let round = -1; round < rounds; round++) {
    const before = await baseline()
    const figures = new Map<Name, number>()
    for (const name of rotated(names, round + 1)) figures.set(name, await sides[name]())
    const after = await baseline()
    if (round < 0) continue
    controls.push(after / before)
    baselines.push(before, after)
    for (const [name, figure] of figures) {
      seen[name].side.push(figure)
      seen[name].ratio.push(figure / ((before + after) / 2))
    }
  }
  return {
    control: spread(controls),
    baseline: spread(baselines),
    sides: Object.fromEntries(
      names.map((name) => [name, { ratio: spread(seen[name].ratio), side: spread(seen[name].side) }]),
    ) as Record<Name, Compared>,
  }
}

export function spread(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((one, other) => one - other)
  return { low: quantile(sorted, 0.25), median: quantile(sorted, 0.5), high: quantile(sorted, 0.75) }
}

/** Of sorted figures, in a straight line between two of them. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] ?? NaN
  const above = sorted[Math.ceil(at)] ?? NaN
  return below + (above - below) * (at - Math.floor(at))
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const start = by % Math.max(items.length, 1)
  return [...items.slice(start), ...items.slice(0, start)]
}
