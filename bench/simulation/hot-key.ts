import { seeded } from './random.js'
import { Line, World, type Life } from './world.js'

/** All in ms. None of them is taken from a measurement with more than one client on a key. */
export interface Costs {
  /** of the workers: one request, without a ledger and without a handler */
  readonly request: number
  /** on the wire and in the client: one request, beyond that */
  readonly wire: number
  /** of the workers: one step of the ledger (a look, a claim, a settlement) */
  readonly step: number
  /** until the store has answered one step, beyond that */
  readonly trip: number
  /** the handler of a write, which leaves the workers to others meanwhile */
  readonly handler: number
  /** the handler of a read, and what a tag costs: of the workers */
  readonly read: number
}

export interface Scenario {
  /** they start together, and each ends once it has committed */
  readonly clients: number
  /** processes that serve, with one line for the key before all of them */
  readonly workers: number
  /** ms between a refusal and the next read */
  readonly delay: number
  /** the share by which each trip, handler and way differs at most, up or down */
  readonly jitter: number
  readonly seed: number
  readonly costs: Costs
}

export interface Outcome {
  readonly commits: number
  readonly refusals: number
  readonly reads: number
  /** ms until the last client was told that it has committed */
  readonly ms: number
}

/** Clients that read one key, change it and write it back under a claim, and begin again when they are refused. */
export function simulateHotKey({ clients, workers, delay, jitter, seed, costs }: Scenario): Outcome {
  const random = seeded(seed)
  const world = new World(workers)
  const line = new Line()
  const about = (ms: number) => ({ wait: ms * (1 + jitter * (2 * random() - 1)) })
  let [version, commits, refusals, reads, last] = [0, 0, 0, 0, 0]

  /** One step of the ledger: asked, carried there and back, and understood. */
  function* step<T>(atStore: () => T): Life<T> {
    yield { cpu: costs.step / 2 }
    yield about(costs.trip / 2)
    const found = atStore()
    yield about(costs.trip / 2)
    yield { cpu: costs.step / 2 }
    return found
  }

  function* request<T>(served: () => Life<T>): Life<T> {
    yield about(costs.wire / 2)
    yield { cpu: costs.request / 2 }
    const answer = yield* served()
    yield { cpu: costs.request / 2 }
    yield about(costs.wire / 2)
    return answer
  }

  function* look(): Life<number> {
    const found = yield* step(() => version)
    yield { cpu: costs.read }
    return found
  }

  function* write(seen: number): Life<boolean> {
    yield { enter: line }
    // a claim is asked for with the version that the client named, so a refusal is known after this one step
    const claimed = (yield* step(() => version)) === seen
    if (claimed) {
      yield about(costs.handler)
      yield* step(() => (version += 1))
    }
    line.leave()
    return claimed
  }

  function* client(): Life {
    for (;;) {
      const seen = yield* request(look)
      reads += 1
      if (yield* request(() => write(seen))) break
      refusals += 1
      yield about(delay)
    }
    commits += 1
    last = world.now
  }

  for (let index = 0; index < clients; index += 1) world.live(client())
  world.run()
  return { commits, refusals, reads, ms: last }
}
