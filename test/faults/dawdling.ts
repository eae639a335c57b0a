import { setTimeout as later } from 'node:timers/promises'
import { chain } from '../../src/core/promise.js'
import { randomFrom } from '../races/seed.js'
import type { Data, Served } from '../races/stores/store.js'

/** ms that a handler takes at most between its read and its write: long beside a request, short beside a lease */
const LONGEST = 200

/**
 * Makes every fourth handler take its time after it has read: the longer a claim stands, the more can go wrong under it.
 * Not in transactions: those of SQLite wait for nothing.
 */
export function dawdling(served: Served, seed: number): Served {
  if (served.way !== 'ledger') return served
  const { next } = randomFrom(seed)
  const data: Data = {
    ...served.data,
    find: (id) =>
      chain(served.data.find(id), (found) => (next(4) > 0 ? found : later(next(LONGEST)).then(() => found))),
  }
  return { ...served, data }
}
