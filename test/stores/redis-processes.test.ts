import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { redisLedger } from '../../src/stores/redis.js'
import { redis } from '../support/servers.js'
import { claimOf, LEASE, randomPrefix, witnessOf } from './redis-support.js'
import type { Race } from './redis-worker.js'

const worker = new URL('./redis-worker.ts', import.meta.url)
const prefix = randomPrefix()
const MINUTES = 60_000
const ROUNDS = 300
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

redis.describe('processes over one Redis', () => {
  const witness = witnessOf(() => redis.url, prefix)

  async function start(driver: string, skew: number, own: string): Promise<ChildProcess> {
    const child = fork(worker, [driver, redis.url, own, String(skew), String(ROUNDS)], {
      execArgv: ['--import', 'tsx'],
    })
    children.push(child)
    await Promise.race([once(child, 'message'), died(child)])
    return child
  }

  async function died(child: ChildProcess): Promise<never> {
    const [code] = (await once(child, 'exit')) as [number | null]
    throw new Error(`a worker ended with ${code} and no answer`)
  }

  describe.each(['ioredis', 'node-redis'])('%s', (driver) => {
    it('whose clocks are 10 minutes apart have one winner for every version, and tell losers the truth', async () => {
      const own = `${prefix}${driver}:`
      const { count } = await redisLedger(witness.redis, { prefix: own }).get('k')
      const workers = await Promise.all([-5, 5, 0, 5].map((skew) => start(driver, skew * MINUTES, own)))
      const answers = workers.map((child) =>
        Promise.race([once(child, 'message') as Promise<[Race]>, died(child)]),
      )
      for (const child of workers) child.send('go')
      const races = (await Promise.all(answers)).map(([race]) => race)
      const won = races.flatMap((race) => race.won).sort((a, b) => a - b)
      expect(won).toEqual(Array.from({ length: ROUNDS }, (_, n) => count + n + 1))
      expect(races.reduce((sum, { lies }) => sum + lies, 0)).toBe(0)
      expect(races.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(0)
      const remaining = races.flatMap((race) => race.remaining)
      expect(remaining.length).toBeGreaterThan(0)
      expect(Math.max(...remaining)).toBeLessThanOrEqual(LEASE)
      expect(Math.min(...remaining)).toBeGreaterThan(0)
    }, 60_000)
  })

  it('have one winner for every key that nobody has seen, of 40 that claim it at once', async () => {
    const writers = 40
    const ledgers = Array.from({ length: 4 }, () => redisLedger(witness.redis, { prefix }))
    for (let round = 0; round < 10; round++) {
      const key = `new/${round}`
      const records = await Promise.all(ledgers.map((ledger) => ledger.get(key)))
      expect(new Set(records.map(({ count }) => count)).size, 'all were given one version').toBe(1)
      const results = await Promise.all(
        Array.from({ length: writers }, (_, n) =>
          ledgers[n % 4]!.compareAndSwap(key, claimOf(records[n % 4]!, `writer ${n}`)),
        ),
      )
      expect(results.filter(({ swapped }) => swapped)).toHaveLength(1)
    }
  })
})
