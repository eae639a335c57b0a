import { afterAll, beforeAll, expect, it } from 'vitest'
import { read, succeeded, tally, write, type Attempt, type Seen } from './client.js'
import { checkHistory } from './history.js'
import { random, rounds, type Random } from './seed.js'
import type { Stop } from './worker.js'
import { cluster, type Worker } from './workers.js'

const KEYS = Array.from({ length: 9 }, (_, index) => `articles/${index + 1}`)
const STOPS: readonly Stop[] = ['claimed', 'written', 'settled']
const WRITERS = 6
/** ms; short, since every kill waits for it, and long beside the stalls of a busy machine */
const LEASE = 2_000

const api = cluster({ articles: KEYS.length, lease: LEASE })
const workers: Worker[] = []
const attempts = new Map<string, Attempt[]>(KEYS.map((key) => [key, []]))

beforeAll(async () => {
  workers.push(...(await Promise.all(Array.from({ length: 4 }, () => api.start()))))
}, 60_000)
afterAll(() => api.end())

async function put(key: string, worker: Worker, value: string, seen: Seen) {
  const attempt = await write(worker.url(key), value, seen)
  attempts.get(key)!.push(attempt)
  return attempt
}

/** One process dies while it is in the middle of a write of every key. */
async function killInMidWrite(round: number, { next }: Random): Promise<void> {
  const [victim] = workers.splice(next(workers.length), 1)
  const anyone = () => workers[next(workers.length)]!
  const cases = await Promise.all(
    KEYS.map(async (key, index) => {
      const stop = STOPS[(index + round) % STOPS.length]!
      await victim!.arm(key, stop)
      const seen = await read(anyone().url(key))
      const doomed = put(key, victim!, `${round}/doomed`, seen)
      await victim!.stopped(key)
      // these come while the claim stands, or after its version has moved
      const others = Array.from({ length: WRITERS - 1 }, (_, writer) =>
        put(key, anyone(), `${round}/other-${writer}`, seen),
      )
      return { key, stop, seen, doomed, others }
    }),
  )
  await victim!.kill()
  const successor = api.start()

  for (const { key, stop, seen, doomed, others } of cases) {
    const where = `round ${round}, ${key}, killed when ${stop}`
    expect((await doomed).status, where).toBe(undefined)
    expect(succeeded(await Promise.all(others)), where).toEqual([])

    await untilEnded(key, anyone(), `${round}/late`, seen)
    const after = await read(anyone().url(key))
    expect(versionOf(after), where).not.toBe(versionOf(seen))
    expect(after.value, where).toBe(stop === 'claimed' ? seen.value : `${round}/doomed`)
    const next = await Promise.all(
      Array.from({ length: WRITERS }, (_, writer) => put(key, anyone(), `${round}/next-${writer}`, after)),
    )
    expect(succeeded(next), `${where}: ${JSON.stringify(tally(next))}`).toHaveLength(1)
  }
  workers.push(await successor)
}

function versionOf({ tag }: Seen): string {
  return tag.split(/[."]/)[1]!
}

/** Each of these stale writes waits for the dead claim as long as the lease is: one of them must see it end. */
async function untilEnded(key: string, worker: Worker, value: string, seen: Seen): Promise<void> {
  const codes: unknown[] = []
  for (let tries = 0; tries < 10; tries++) {
    const { code } = await put(key, worker, `${value}-${tries}`, seen)
    if (code === 'version-conflict') return
    codes.push(code)
  }
  throw new Error(`${key} was never writable again: ${codes.join(', ')}`)
}

it(
  'a process that is killed in mid-write costs nobody an update',
  { timeout: 600 * rounds(200) },
  async () => {
    const chance = random()
    console.log(`killed processes, seed ${chance.seed}`)
    const kills = Math.ceil(rounds(200) / 66)
    for (let round = 0; round < kills; round++) await killInMidWrite(round, chance)
    const all = [...attempts.values()].flat()
    console.log(`${kills} kills, each in the middle of ${KEYS.length} writes:`, tally(all))
    for (const key of KEYS) checkHistory(attempts.get(key)!, api.journal(key))
  },
)

it(
  'nor does one that is killed at any moment, while clients read and write all the time',
  { timeout: 600 * rounds(200) },
  async ({ signal }) => {
    const { seed, next } = random()
    const goal = rounds(200)
    const keys = KEYS.slice(0, 3)
    const all: Attempt[] = []
    const successors: Promise<Worker>[] = []
    let done = 0
    let kills = 0

    const client = async (name: number): Promise<void> => {
      for (let turn = 0; done < goal && !signal.aborted; turn++) {
        const key = keys[next(keys.length)]!
        // the two requests may meet two processes
        const seen = await read(workers[next(workers.length)]!.url(key)).catch(() => undefined)
        if (seen === undefined) continue
        const attempt = await put(key, workers[next(workers.length)]!, `any/${name}/${turn}`, seen)
        all.push(attempt)
        if (succeeded([attempt]).length > 0) done++
        if (kills < 3 && done > (kills + 1) * (goal / 4)) {
          kills++
          const [victim] = workers.splice(next(workers.length), 1)
          await victim!.kill()
          successors.push(api.start().then((worker) => workers[workers.push(worker) - 1]!))
        }
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, name) => client(name)))
    await Promise.all(successors)
    console.log(`${kills} kills among ${all.length} writes, seed ${seed}:`, tally(all))
    for (const key of keys) checkHistory(attempts.get(key)!, api.journal(key))
  },
)
