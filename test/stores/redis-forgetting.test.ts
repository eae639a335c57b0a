import { expect, it, vi } from 'vitest'
import type { LedgerRecord } from '../../src/core/record.js'
import type { RedisLedger } from '../../src/stores/redis.js'
import { ownDurableRedis, ownForgetfulRedis } from '../support/own-servers.js'
import { random } from '../races/seed.js'
import { connect, openLedger, serverOf } from './redis-own.js'
import { claimOf, rewrite, writeOf } from './redis-support.js'

const KEY = 'articles/1'

async function write(ledger: RedisLedger, key = KEY): Promise<LedgerRecord> {
  const { swapped, record } = await ledger.compareAndSwap(key, writeOf(await ledger.get(key)))
  expect(swapped).toBe(true)
  return record
}

async function claims(ledger: RedisLedger, count: number): Promise<boolean> {
  const blind = { count, existence: 'unknown', fence: 0, claim: null, settled: null } as const
  return (await ledger.compareAndSwap(KEY, claimOf(blind, 'late'))).swapped
}

ownForgetfulRedis.describe('P2 over a server that forgets', () => {
  it.each<[string, (redis: ReturnType<typeof connect>) => Promise<unknown>]>([
    ['FLUSHALL', (redis) => redis.flushall()],
    ['an evicted key', (redis) => redis.del(`if-match:${KEY}`)],
  ])('%s: no version comes back, and a claim that stood there is gone', async (_what, forget) => {
    const server = await serverOf(ownForgetfulRedis)
    const { redis, ledger } = openLedger(server.port)
    for (let life = 0; life < 3; life++) {
      const before = await write(ledger)
      await ledger.compareAndSwap(KEY, claimOf(before, 'holder'))
      await forget(redis)
      expect(await claims(ledger, before.count)).toBe(false)
      const after = await ledger.get(KEY)
      expect(after).toMatchObject({ existence: 'unknown', claim: null, settled: null })
      expect(after.count).toBeGreaterThan(before.count)
    }
  })

  it('a record that only reads have made goes by itself; its version does not come back', async () => {
    const server = await serverOf(ownForgetfulRedis)
    const { redis, ledger } = openLedger(server.port, { keepUnwritten: 40 })
    const read = await ledger.get(KEY)
    const written = await write(ledger, 'articles/2')
    await vi.waitFor(async () => expect(await redis.exists(`if-match:${KEY}`)).toBe(0), 10_000)
    expect(await claims(ledger, read.count)).toBe(false)
    expect((await ledger.get(KEY)).count).toBeGreaterThan(read.count)
    expect(await ledger.get('articles/2')).toEqual(written)
  })

  it('a crash, and a state from before that comes back with the server: every version moves on', async () => {
    const server = await serverOf(ownForgetfulRedis)
    const { redis, ledger } = openLedger(server.port)
    const saved = await write(ledger)
    await ledger.compareAndSwap('claimed', claimOf(await ledger.get('claimed'), 'holder'))
    await redis.save()
    const lost = await write(ledger)
    await server.crash()
    await server.start()
    for (const { count } of [saved, lost]) expect(await claims(ledger, count)).toBe(false)
    const after = await ledger.get(KEY)
    expect(after.existence).toBe('unknown')
    expect(after.count).toBeGreaterThan(lost.count)
    // it may have been ended in the part that is lost, and another one been granted
    const claimed = await ledger.get('claimed')
    expect(claimed.claim).toMatchObject({ token: 'holder', doubtful: true })
    const again = await ledger.get(KEY)
    expect(again.count, 'it moves on once').toEqual(after.count)
  })

  it('a clock that is behind what the record counts: it moves on all the same', async () => {
    const server = await serverOf(ownForgetfulRedis)
    const { redis, ledger } = openLedger(server.port)
    const { count } = await write(ledger)
    const ahead = count + 3_600_000_000
    await rewrite(redis, `if-match:${KEY}`, { count: ahead, fence: ahead, history: 'another' })
    const after = await ledger.get(KEY)
    // further than writes could be lost
    for (const moved of [after.count, after.fence]) expect(moved).toBeGreaterThanOrEqual(ahead + 1_000_000)
    await rewrite(redis, `if-match:${KEY}`, { count: ahead, fence: ahead, history: 'another' })
    expect((await ledger.get(KEY)).count, 'the same state came back').not.toBe(after.count)
  })
})

ownForgetfulRedis.describe('P2, at random', () => {
  const { seed, next } = random()

  it(`gives every state a version of its own, whatever is forgotten or comes back (RACE_SEED=${seed})`, async () => {
    const server = await serverOf(ownForgetfulRedis)
    const { redis, ledger } = openLedger(server.port)
    const superseded = new Map<string, Set<number>>()
    let current = new Map<string, number>()
    const supersede = (key: string): void => {
      const seen = superseded.get(key) ?? new Set<number>()
      superseded.set(key, seen)
      const count = current.get(key)
      if (count !== undefined) seen.add(count)
      current.delete(key)
    }
    const look = async (key: string): Promise<void> => {
      const { count } = await ledger.get(key)
      expect(superseded.get(key)?.has(count) ?? false, `${count} of ${key} came back`).toBe(false)
      if (current.has(key)) expect(count).toBe(current.get(key))
      current.set(key, count)
    }
    const forgetAll = (): void => {
      for (const key of [...current.keys()]) supersede(key)
      current = new Map()
    }
    const steps: Record<string, (key: string) => Promise<unknown>> = {
      read: look,
      async write(key) {
        await look(key)
        supersede(key)
        current.set(key, (await write(ledger, key)).count)
      },
      async evict(key) {
        await redis.del(`if-match:${key}`)
        supersede(key)
      },
      async flush() {
        await redis.flushall()
        forgetAll()
      },
      save: () => redis.save(),
      async crash() {
        await server.crash()
        await server.start()
        forgetAll()
      },
    }
    const often = ['read', 'read', 'read', 'write', 'write', 'write', 'write', 'write', 'write', 'evict']
    const choice = [...often, ...often, 'flush', 'save', 'save', 'crash']
    for (let step = 0; step < 400; step++) {
      const name = choice[next(choice.length)]!
      await steps[name]!(`articles/${next(4)}`)
    }
  }, 60_000)
})

ownDurableRedis.describe('a server that loses nothing', () => {
  it('keeps versions and claims over a crash where it is said to be durable', async () => {
    const server = await serverOf(ownDurableRedis)
    const { ledger } = openLedger(server.port, { durable: true })
    const record = await write(ledger)
    const { record: claimed } = await ledger.compareAndSwap(
      'b',
      claimOf(await ledger.get('b'), 'holder', 600_000),
    )
    await server.crash()
    await server.start()
    expect(await ledger.get(KEY)).toEqual(record)
    const { remaining, ...claim } = (await ledger.get('b')).claim!
    expect({ ...claim, remaining: claimed.claim!.remaining }).toEqual(claimed.claim)
    expect(remaining).toBeLessThanOrEqual(claimed.claim!.remaining!)
  })

  it('takes nothing for granted where it is not: versions move on', async () => {
    const server = await serverOf(ownDurableRedis)
    const { ledger } = openLedger(server.port)
    const record = await write(ledger)
    await server.crash()
    await server.start()
    expect((await ledger.get(KEY)).count).toBeGreaterThan(record.count)
  })
})

ownForgetfulRedis.describe('a server that does not say which one it is', () => {
  it('is refused, unless it is durable', async () => {
    const server = await serverOf(ownForgetfulRedis)
    const commands = ['eval', 'evalsha', 'time', 'hmget', 'hset', 'exists', 'pttl', 'pexpire', 'persist']
    const rules = ['on', '>pass', 'resetkeys', '~if-match:*', '-@all', ...commands.map((name) => `+${name}`)]
    await connect(server.port).call('ACL', 'SETUSER', 'app', ...rules)
    const user = { username: 'app', password: 'pass', enableReadyCheck: false }
    const { redisLedger } = await import('../../src/stores/redis.js')
    const redis = connect(server.port, user)
    await expect(redisLedger(redis).get(KEY)).rejects.toMatchObject({
      code: 'ERR_WRITE_UNSUPPORTED',
      message: expect.stringContaining('INFO'),
    })
    // and these commands, on these keys, are all it needs
    await write(redisLedger(redis, { durable: true }))
    await connect(server.port).call('ACL', 'SETUSER', 'app', '+info')
    await write(redisLedger(redis))
  })
})
