import { expect } from 'vitest'
import type { ClaimOptions } from '../../src/index.js'
import { checkLinearizable } from '../races/linearizability/check.js'
import { load } from '../races/load.js'
import { ticker } from '../races/recorder.js'
import { randomFrom, type Random } from '../races/seed.js'
import { cluster, type Cluster } from './cluster.js'
import { CLAIM, DURATION, HANG } from './limits.js'
import { noLeaks } from './no-leaks.js'
import { faultStore } from './stores/index.js'
import { writableAgain } from './writable-again.js'

const PROCESSES = 4
const KEYS = 8
/** that the clients try at least, however slow the machine is */
const WRITES = 64

/** What a fault has to work with. */
export interface Scene {
  readonly cluster: Cluster
  readonly chance: Random
  /** aborts when the clients have done: a fault ends what it has begun, and returns */
  readonly over: AbortSignal
  /** notes that the store has been killed */
  readonly crashed: () => void
}

export interface Trial {
  readonly store: string
  /** where the test finds the store, past all faults */
  readonly url: string
  /** where the servers find it: through the proxy */
  readonly through?: string
  readonly claim?: ClaimOptions
  /** ms by which the clocks of the servers are wrong, in turn; all are right */
  readonly skews?: readonly number[]
  readonly fault: (scene: Scene) => Promise<void>
  /** whether a crash makes the store take back what it has shown; false */
  readonly takesBack?: boolean
  /** how many connections the store itself still sees, of the servers */
  readonly connections: () => Promise<number>
}

/** What FAULT_SEED says, else a new one: every trial prints its own. */
function faultSeed(): number {
  return Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31))
}

/** Four processes and 32 clients go on while the fault is at work; then everything that is promised is looked for. */
export async function withstands(title: string, trial: Trial): Promise<void> {
  const {
    store,
    url,
    through = url,
    claim = CLAIM,
    skews = [0],
    fault,
    takesBack = false,
    connections,
  } = trial
  const seed = faultSeed()
  const { versions, ...kind } = await faultStore(store)
  await kind.prepare(url)
  const tick = ticker()
  const crashes: number[] = []
  const servers = cluster({ store, url: through, claim, skews, seed })
  try {
    await Promise.all(Array.from({ length: PROCESSES }, () => servers.start()))
    const over = new AbortController()
    const end = performance.now() + DURATION
    const [{ history, answers, slowest, unexpected }] = await Promise.all([
      load({
        seed,
        keys: KEYS,
        writes: WRITES,
        enough: () => performance.now() > end,
        patience: HANG,
        tick,
        origins: () => {
          if (performance.now() > end + 4 * HANG) throw new Error('the clients come to no end: requests hang')
          return servers.servers.map(({ origin }) => origin)
        },
      }).finally(() => over.abort()),
      fault({
        cluster: servers,
        chance: randomFrom(seed),
        over: over.signal,
        crashed: () => crashes.push(tick()),
      }),
    ])
    console.log(`${store}, ${title}: FAULT_SEED=${seed}, slowest ${Math.round(slowest)} ms`, answers)

    expect(servers.deaths).toEqual([])
    expect(slowest, 'a request hangs').toBeLessThan(HANG)
    expect(unexpected).toEqual([])
    expect(Object.keys(answers), 'nothing was written at all').toContainEqual(
      expect.stringMatching(/ 20[014]$/),
    )
    checkLinearizable(history, { versions, faults: true, crashes: takesBack ? crashes : [] })
    await writableAgain(servers, claim, KEYS)
    await noLeaks(servers, connections)
  } catch (error) {
    throw new Error(`${store}, ${title}: FAULT_SEED=${seed}`, { cause: error })
  } finally {
    await servers.end()
  }
}
