import { seeded } from './random.js'
import { Line, Workers, World, type Life } from './world.js'

/** All in ms. None of them is taken from a measurement with more than one client on a key. */
export interface Costs {
  /** of the workers: one request, without a ledger and without a handler */
  readonly request: number
  /** of the one process that all clients are in: one request */
  readonly client: number
  /** on the wire, and wherever else: one request, beyond that */
  readonly wire: number
  /** of the workers: one step of the ledger (a look, a claim, a settlement) */
  readonly step: number
  /** of the store: one step of the ledger */
  readonly store: number
  /** until the store has answered one step that changed nothing, beyond all that */
  readonly trip: number
  /** the same of one that did: a claim, a settlement */
  readonly change: number
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
  /** of the machine that all of them share: the clients, the workers and the store */
  readonly cores: number
  /** ms between a refusal and the next read */
  readonly delay: number
  /** the share by which each trip, handler and wire differs at most, up or down */
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
export function simulateHotKey({ clients, workers, cores, delay, jitter, seed, costs }: Scenario): Outcome {
  const random = seeded(seed)
  const world = new World(cores)
  const [server, sender, store] = [new Workers(workers), new Workers(1), new Workers(Infinity)]
  const line = new Line()
  const about = (ms: number) => ({ wait: ms * (1 + jitter * (2 * random() - 1)) })
  let [version, commits, refusals, reads, last] = [0, 0, 0, 0, 0]

  /** One step of the ledger: asked, carried there and back, and understood. */
  function* step<T>(atStore: () => { readonly found: T; readonly changes: boolean }): Life<T> {
    yield { work: costs.step / 2, by: server }
    yield about(costs.trip / 2)
    yield { work: costs.store, by: store }
    const { found, changes } = atStore()
    yield about((changes ? costs.change : costs.trip) - costs.trip / 2)
    yield { work: costs.step / 2, by: server }
    return found
  }

  function* request<T>(served: () => Life<T>): Life<T> {
    yield { work: costs.client / 2, by: sender }
    yield about(costs.wire / 2)
    yield { work: costs.request / 2, by: server }
    const answer = yield* served()
    yield { work: costs.request / 2, by: server }
    yield about(costs.wire / 2)
    yield { work: costs.client / 2, by: sender }
    return answer
  }

  function* look(): Life<number> {
    const found = yield* step(() => ({ found: version, changes: false }))
    yield { work: costs.read, by: server }
    return found
  }

  function* write(seen: number): Life<boolean> {
    yield { enter: line }
    // a claim is asked for with the version that the client named, so a refusal is known after this one step
    const claimed = yield* step(() => ({ found: version === seen, changes: version === seen }))
    if (claimed) {
      yield about(costs.handler)
      yield* step(() => ({ found: (version += 1), changes: true }))
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
      yield { wait: delay }
    }
    commits += 1
    last = world.now
  }

  for (let index = 0; index < clients; index += 1) world.live(client())
  world.run()
  return { commits, refusals, reads, ms: last }
}
