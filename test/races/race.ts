import { expect, it } from 'vitest'
import type { ClaimOptions } from '../../src/index.js'
import { sharedCluster } from './harness.js'
import { checkJournal } from './journal.js'
import { checkLinearizable } from './linearizability/check.js'
import { load, outcomes, type Load } from './load.js'
import { raceSeed } from './seed.js'
import { sharedStore } from './stores/index.js'
import type { JournalEntry, SharedStore } from './stores/store.js'

/**
 * ms; long, so that a busy machine is no fault: a store that seems not to answer would leave claims behind, and a
 * client that gave up an outcome that nobody knows
 */
const CLAIM = { lease: 120_000, wait: 60_000 }
const PATIENCE = 120_000

export interface RaceOptions {
  /** 4 */
  readonly processes?: number
  /** 2,000 */
  readonly writes?: number
  /** of the servers; left out, so long that no claim ends by itself */
  readonly claim?: ClaimOptions
}

export interface Race extends Load {
  readonly store: SharedStore
  readonly journal: readonly JournalEntry[] | undefined
}

/** Runs server processes over a place of their own in the store, and lets 32 clients at them. */
export async function race(name: string, url: string, options: RaceOptions = {}): Promise<Race> {
  const { processes = 4, writes = 2_000, claim = CLAIM } = options
  const store = await sharedStore(name)
  const cluster = await sharedCluster(store, url, processes, claim)
  try {
    const start = performance.now()
    const loaded = await load({
      seed: raceSeed(),
      origins: () => cluster.origins,
      writes,
      patience: PATIENCE,
    })
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`${name}: ${seconds} s, RACE_SEED=${loaded.seed}:`, outcomes(loaded))
    return { ...loaded, store, journal: await cluster.journal() }
  } finally {
    await cluster.end()
  }
}

/** Throws where a run without faults did what no store may do. */
export function judge({ store, history, journal, unexpected, uncertain }: Race): void {
  expect([...unexpected, ...uncertain]).toEqual([])
  checkLinearizable(history, store)
  if (journal !== undefined) checkJournal(history, journal)
}

/** The test of one store; `url` is asked for when it runs. */
export function raceOver(name: string, url: () => string, options?: RaceOptions): void {
  it(`${name}: 4 processes, 32 clients and 8 items make one history`, { timeout: 300_000 }, async () => {
    const run = await race(name, url(), options)
    judge(run)
    // of so many writes at once to so few items, some win and some lose
    const { done = 0, refused = 0 } = outcomes(run)
    expect(Math.min(done, refused)).toBeGreaterThan(run.history.length / 20)
  })
}
