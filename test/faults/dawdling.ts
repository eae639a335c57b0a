import { setTimeout as later } from 'node:timers/promises'
import type { MaybePromise } from '../../src/core/ledger.js'
import { chain } from '../../src/core/promise.js'
import { randomFrom } from '../races/seed.js'
import type { Served } from '../races/stores/store.js'

/** ms that a handler takes at most after its read, and after its write: long beside a request, short beside a lease */
const LONGEST = 200

/**
 * Makes some handlers take their time: the longer a claim stands, the more can go wrong under it. Not in transactions:
 * those of SQLite wait for nothing.
 */
export function dawdling(served: Served, seed: number): Served {
  if (served.way !== 'ledger') return served
  const { next } = randomFrom(seed)
  const after = <T>(answer: MaybePromise<T>): MaybePromise<T> =>
    chain(answer, (value) => (next(2) > 0 ? value : later(next(LONGEST)).then(() => value)))
  const { data } = served
  return {
    ...served,
    data: {
      find: (id) => after(data.find(id)),
      save: (item) => after(data.save(item)),
      delete: (id) => after(data.delete(id)),
    },
  }
}
