import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LedgerRecord } from '../../src/core/record.js'
import { redisLedger, type RedisLedger, type RedisLedgerOptions } from '../../src/stores/redis.js'
import type { OwnServer } from '../support/own-server.js'
import { ownForgetfulRedis } from '../support/own-servers.js'
import { connect, follow, freezer, openLedger, serverOf } from './redis-own.js'
import { claimOf, rewrite, wordOf, writeOf } from './redis-support.js'

const KEY = 'articles/1'

async function write(ledger: RedisLedger): Promise<LedgerRecord> {
  const { swapped, record } = await ledger.compareAndSwap(KEY, writeOf(await ledger.get(KEY)))
  expect(swapped).toBe(true)
  return record
}

/** A primary with a replica that has everything so far. */
async function pair() {
  const [primary, second] = [await serverOf(ownForgetfulRedis), await serverOf(ownForgetfulRedis)]
  const replica = connect(second.port)
  await follow(replica, connect(primary.port), primary.port)
  return { primary, second, replica, ...(await freezer(replica)) }
}

const drivers: Record<string, (server: OwnServer, options: RedisLedgerOptions) => Promise<RedisLedger>> = {
  ioredis: async ({ port }, options) => openLedger(port, options).ledger,
  async 'node-redis'({ port }, options) {
    const client = createClient({ socket: { port } })
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(() => client.destroy())
    return redisLedger(client, options)
  },
}

ownForgetfulRedis.describe('a failover', () => {
  it('that loses writes costs a conflict: no version from before matches', async () => {
    const { primary, second, replica } = await pair()
    const { redis, ledger } = openLedger(primary.port)
    const kept = await write(ledger)
    await redis.wait(1, 5000)
    // it loses its connection, and is not let in again
    await replica.config('SET', 'masterauth', 'wrong')
    await redis.client('KILL', 'TYPE', 'replica')
    const lost = await write(ledger)
    await primary.crash()
    await replica.replicaof('NO', 'ONE')
    expect(await wordOf(replica, `if-match:${KEY}`, 'count')).toBe(String(kept.count))
    const promoted = openLedger(second.port).ledger
    for (const count of [kept.count, lost.count]) {
      const blind = claimOf({ ...kept, count, claim: null }, 'late')
      expect((await promoted.compareAndSwap(KEY, blind)).swapped).toBe(false)
    }
    const after = await promoted.get(KEY)
    expect(after.existence).toBe('unknown')
    expect(after.count).toBeGreaterThan(lost.count)
    // and goes on from there
    expect((await write(promoted)).count).toBe(after.count + 1)
  })

  it('and back, to a server that was the primary before: nothing of its first time counts', async () => {
    const { primary, second, replica } = await pair()
    const first = openLedger(primary.port)
    const before = await write(first.ledger)
    await first.redis.wait(1, 5000)
    await replica.replicaof('NO', 'ONE')
    const moved = await openLedger(second.port).ledger.get(KEY)
    await follow(first.redis, replica, second.port)
    await first.redis.replicaof('NO', 'ONE')
    const after = await first.ledger.get(KEY)
    expect(moved.count).toBeGreaterThan(before.count)
    expect(after.count).toBeGreaterThan(moved.count)
  })

  it('to a server whose clock is ahead ends no claim: the lease begins once more', async () => {
    const { primary, second, replica } = await pair()
    const { redis, ledger } = openLedger(primary.port)
    await ledger.compareAndSwap(KEY, claimOf(await ledger.get(KEY), 'holder', 1000))
    // as if the primary's clock were a minute behind that of its replica
    const ends = Number(await wordOf(redis, `if-match:${KEY}`, 'ends'))
    await rewrite(redis, `if-match:${KEY}`, { ends: ends - 60_000 })
    await redis.wait(1, 5000)
    await primary.crash()
    await replica.replicaof('NO', 'ONE')
    const promoted = openLedger(second.port).ledger
    const { claim, count } = await promoted.get(KEY)
    expect(claim).toMatchObject({ token: 'holder', doubtful: true, lease: 1000 })
    expect(claim!.remaining).toBeGreaterThan(0)
    // once: it is no other server that looks again
    await expect
      .poll(async () => (await promoted.get(KEY)).claim!.remaining, { timeout: 10_000 })
      .toBeLessThanOrEqual(0)
    expect((await promoted.get(KEY)).count).toBe(count)
  })

  it('leaves a replica behind that is not asked, for it may be behind', async () => {
    const { primary, second } = await pair()
    await write(openLedger(primary.port).ledger)
    await connect(primary.port).wait(1, 5000)
    const { ledger } = openLedger(second.port)
    await expect(ledger.get(KEY)).rejects.toThrow('READONLY')
    await expect(ledger.get('articles/unseen')).rejects.toThrow('READONLY')
  })
})

ownForgetfulRedis.describe('wait', () => {
  describe.each(Object.entries(drivers))('over %s', (_name, open) => {
    it('makes what replicas have, and nothing else', async () => {
      const { primary, second, replica, freeze, thaw } = await pair()
      // long enough for a replica on a busy machine, short enough to be waited for while it stands still
      const wait = { replicas: 1, timeout: 3000 }
      const ledger = await open(primary, { wait })
      const impatient = open(primary, { wait })
      await write(ledger)
      const unconfirmed = { code: 'ERR_STORE_TIMEOUT', message: expect.stringContaining('0 of 1 replicas') }
      freeze()
      const free = await (await impatient).get(KEY)
      await expect(ledger.compareAndSwap(KEY, claimOf(free, 'holder'))).rejects.toMatchObject(unconfirmed)
      // the claim stands at the primary, but the look after a lost answer may not take it for made
      await expect(ledger.get(KEY)).rejects.toMatchObject(unconfirmed)
      await expect(ledger.getMany([KEY, 'another'])).rejects.toMatchObject(unconfirmed)
      // a process that has lost nothing need not wait to be told who holds the claim
      expect((await (await impatient).get(KEY)).claim?.token).toBe('holder')
      thaw()
      await expect
        .poll(() => ledger.get(KEY).catch(() => undefined), { timeout: 15_000 })
        .toMatchObject({
          claim: { token: 'holder' },
        })
      // what it was told then, the replica has
      await primary.crash()
      await replica.replicaof('NO', 'ONE')
      const { claim } = await openLedger(second.port).ledger.get(KEY)
      expect(claim).toMatchObject({ token: 'holder', doubtful: true })
    })

    it('does not take the WAIT of another connection for its own', async () => {
      const { primary, freeze } = await pair()
      const ledger = await open(primary, { wait: { replicas: 1, timeout: 60_000 } })
      const free = await ledger.get(KEY)
      const admin = connect(primary.port)
      freeze()
      const swap = ledger.compareAndSwap(KEY, claimOf(free, 'holder'))
      const failure = expect(swap).rejects.toThrow()
      // the swap is answered and WAIT is not, when the connection ends
      const waiting = async () => {
        const connections = String(await admin.client('LIST')).split('\n')
        return /^id=(\d+)/.exec(connections.find((one) => one.includes('flags=b')) ?? '')?.[1]
      }
      await expect.poll(waiting, { timeout: 10_000 }).toBeDefined()
      await admin.client('KILL', 'ID', (await waiting())!)
      // a connection that has written nothing yet is told at once that all replicas have that
      await failure
    })

    it('makes nothing where there is no replica at all', async () => {
      const server = await serverOf(ownForgetfulRedis)
      const admin = connect(server.port)
      const hsets = async () =>
        Number(/cmdstat_hset:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0)
      const ledger = await open(server, { wait: { replicas: 1, timeout: 1 } })
      const free = await ledger.get(KEY)
      const unconfirmed = { code: 'ERR_STORE_TIMEOUT' }
      await expect(ledger.compareAndSwap(KEY, claimOf(free, 'holder'))).rejects.toMatchObject(unconfirmed)
      const before = await hsets()
      await expect(ledger.get(KEY)).rejects.toMatchObject(unconfirmed)
      // something to wait for, whichever connection it goes over
      expect(await hsets()).toBe(before + 1)
    })
  })

  it('sends a swap and WAIT together', async () => {
    const { primary } = await pair()
    // as long as a replica on a busy machine may take
    const { ledger } = openLedger(primary.port, { wait: { replicas: 1, timeout: 30_000 } })
    const free = await ledger.get(KEY)
    const { record } = await ledger.compareAndSwap(KEY, claimOf(free, 'known'))
    const connected = connect(primary.port)
    // ioredis fails where a command, its own too, comes with the answer to MONITOR
    await connected.ping()
    const monitor = await connected.monitor()
    onTestFinished(() => monitor.disconnect())
    const seen: string[] = []
    monitor.on('monitor', (_time: string, [name]: string[], source: string) => {
      if (source !== 'lua') seen.push(name!.toLowerCase())
    })
    await ledger.compareAndSwap(KEY, writeOf(record))
    await ledger.get(KEY)
    await expect
      // replica and clients have commands of their own, as for a new connection
      .poll(() => seen.filter((name) => ['eval', 'evalsha', 'wait'].includes(name)), { timeout: 10_000 })
      .toEqual(['evalsha', 'wait', 'evalsha'])
  })
})
