import { afterAll, beforeAll, expect, it } from 'vitest'
import { read, succeeded, tally, write, type Attempt } from './client.js'
import { checkHistory } from './history.js'
import { random, rounds } from './seed.js'
import { cluster, type Worker } from './workers.js'

const WRITERS = 20
const KEY = 'articles/1'
const api = cluster({ articles: 1, lease: 30_000 })
let workers: readonly Worker[]

beforeAll(async () => {
  workers = await Promise.all(Array.from({ length: 4 }, () => api.start()))
}, 60_000)
afterAll(() => api.end())

it(
  'of 20 PUTs with one If-Match to 4 processes on one ledger, one succeeds: every time',
  { timeout: 600 * rounds(200) },
  async () => {
    const { seed, next } = random()
    const all: Attempt[] = []
    for (let round = 0; round < rounds(200); round++) {
      const seen = await read(workers[next(4)]!.url(KEY))
      const first = next(4)
      const attempts = await Promise.all(
        Array.from({ length: WRITERS }, (_, writer) =>
          write(workers[(first + writer) % 4]!.url(KEY), `${round}/${writer}`, seen),
        ),
      )
      all.push(...attempts)
      expect(
        succeeded(attempts),
        `seed ${seed}, round ${round}: ${JSON.stringify(tally(attempts))}`,
      ).toHaveLength(1)
    }
    console.log(`4 processes, ${rounds(200)} rounds of ${WRITERS} writers, seed ${seed}:`, tally(all))
    expect(succeeded(all)).toHaveLength(rounds(200))
    checkHistory(all, api.journal(KEY))
  },
)
