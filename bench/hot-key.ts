// 64 clients change one row at once. Prints how many tries were in vain for each way to wait, as a table for docs/client.md.
import type { Client, UpdateOptions } from 'express-if-match/client'
import { contention, increment, type Counter, type Result, type Strategy } from './contention.js'

const CLIENTS = Number(process.env.CLIENTS ?? 64)
const ROUNDS = Number(process.env.ROUNDS ?? 9)
const url = process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test'

const updating =
  (options: UpdateOptions<Counter>): Strategy =>
  (client, resource) =>
    client.update<Counter>(resource, increment, { attempts: 10_000, timeout: 60_000, ...options })

/** Reads, writes, and after a conflict waits always as long. */
const fixed =
  (ms: number): Strategy =>
  async (client: Client, resource) => {
    for (;;) {
      const base = await client.get<Counter>(resource)
      try {
        return await client.put(base, increment(base.value))
      } catch (error) {
        if ((error as { code?: string }).code !== 'version-conflict') throw error
        await new Promise((resolve) => setTimeout(resolve, ms))
      }
    }
  }

const strategies: Readonly<Record<string, Strategy>> = {
  'immediate retry': updating({ firstDelay: 0 }),
  'fixed delay, 20 ms': fixed(20),
  'fixed delay, 200 ms': fixed(200),
  'fixed delay, 1 s': fixed(1000),
  'full jitter, 20 ms, doubled up to 2 s': updating({ firstDelay: 20 }),
  'full jitter, 100 ms, doubled up to 2 s': updating({ firstDelay: 100 }),
  'full jitter, 500 ms, doubled up to 2 s': updating({ firstDelay: 500 }),
  'full jitter, 1 s': updating({ firstDelay: 1000, maxDelay: 1000 }),
  'full jitter, 1 s, doubled up to 2 s': updating({ firstDelay: 1000 }),
  'full jitter, 2 s': updating({ firstDelay: 2000 }),
  '`update` as it is: 750 ms, doubled up to 2 s': (client, resource) =>
    client.update<Counter>(resource, increment),
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0

const results = new Map<string, Result[]>(Object.keys(strategies).map((name) => [name, []]))
const hot = await contention(url)
try {
  // round by round, so that whatever else the machine does meets all of them
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, strategy] of Object.entries(strategies))
      results.get(name)?.push(await hot.run(CLIENTS, strategy))
  }
} finally {
  await hot.close()
}

console.log(`${CLIENTS} clients, one row, ${ROUNDS} rounds; medians\n`)
console.log('| strategy | finished | counted | tries in vain | reads | ms until the last commit |')
console.log('|---|---|---|---|---|---|')
for (const [name, rounds] of results) {
  const of = (member: keyof Result) => Math.round(median(rounds.map((one) => one[member])))
  const least = (member: keyof Result) => Math.min(...rounds.map((one) => one[member]))
  console.log(
    `| ${name} | ${least('finished')} | ${least('counted')} | ${of('wasted')} | ${of('reads')} | ${of('took')} |`,
  )
}
