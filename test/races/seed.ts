/** Whole numbers from a seed: the same seed, the same run of them. */
export interface Random {
  readonly seed: number
  /** from 0 to `below` - 1 */
  readonly next: (below: number) => number
}

/** RACE_SEED repeats a run; left out, every run has a seed of its own. */
export function random(): Random {
  return randomFrom(raceSeed())
}

/** What RACE_SEED says, else a new one: whoever uses it prints it. */
export function raceSeed(): number {
  return Number(process.env.RACE_SEED ?? Math.floor(Math.random() * 2 ** 31))
}

export function randomFrom(seed: number): Random {
  let state = seed
  return {
    seed,
    // mulberry32
    next: (below) => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) % below
    },
  }
}

/** RACE_ROUNDS raises what a test does by itself. */
export function rounds(usual: number): number {
  return Math.max(usual, Number(process.env.RACE_ROUNDS ?? 0))
}
