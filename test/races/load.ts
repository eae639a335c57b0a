import type { Operation, Outcome } from './linearizability/operation.js'
import { draw } from './plan.js'
import { record } from './recorder.js'
import { rememberingClient } from './remembering.js'
import { randomFrom } from './seed.js'

export interface LoadOptions {
  readonly seed: number
  /** where the servers are at this moment: asked before every request */
  readonly origins: () => readonly string[]
  /** 32 */
  readonly clients?: number
  /** 8 */
  readonly keys?: number
  /** requests that write, of all clients together; 2,000 */
  readonly writes?: number
  /** the clients go on until this is true, however many writes that takes: a test that is still breaking things */
  readonly enough?: () => boolean
  /** ms that a client waits for an answer; 30,000 */
  readonly patience?: number
  /** the clock of the history: each call is a later moment */
  readonly tick?: () => number
}

export interface Load {
  readonly seed: number
  /** every request whose outcome says something */
  readonly history: readonly Operation[]
  /** how often each answer was given: `{ 'put 200': 700, 'put 409 version-conflict stale': 80 }` */
  readonly answers: Readonly<Record<string, number>>
  /** ms that the slowest request took */
  readonly slowest: number
  /** answers that no client should ever get, such as a 400 */
  readonly unexpected: readonly string[]
  /** answers that leave an outcome unknown: none where nothing fails */
  readonly uncertain: readonly string[]
}

/**
 * Clients that read, write, patch, delete and create a few items through whichever server, and a history of all that
 * they were told. What a client tries in its n-th turn depends on the seed, and on what it knows by then.
 */
export async function load(options: LoadOptions): Promise<Load> {
  const { seed, clients = 32, keys = 8, writes = 2000, enough = () => true } = options
  const recorder = record(options)
  const quota = Math.ceil(writes / clients)
  await Promise.all(
    Array.from({ length: clients }, async (_, name) => {
      const random = randomFrom(seed + name * 7919)
      const takeTurn = rememberingClient(name, recorder)
      for (let turn = 0, written = 0; written < quota || !enough(); turn++) {
        if (await takeTurn(draw(random, keys), `${name}/${turn}`)) written++
      }
    }),
  )
  return { seed, ...recorder.load }
}

/** How often each kind of outcome came: `{ found: 1492, done: 584 }`. */
export function outcomes({ history }: Load): Partial<Record<Outcome['kind'], number>> {
  const counts: Partial<Record<Outcome['kind'], number>> = {}
  for (const { outcome } of history) counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1
  return counts
}
