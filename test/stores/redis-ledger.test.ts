import { expect, it } from 'vitest'
import type { Ledger } from '../../src/core/ledger.js'
import { redisLedger, type RedisCommandSender } from '../../src/stores/redis.js'
import { redis } from '../support/servers.js'
import {
  claimOf,
  LEASE,
  randomPrefix,
  releaseOf,
  rewrite,
  witnessOf,
  wordOf,
  writeOf,
} from './redis-support.js'

const prefix = randomPrefix()
let fresh = 0

redis.describe('redisLedger', () => {
  const witness = witnessOf(() => redis.url, prefix)
  const key = () => `articles/${++fresh}`
  const open = (options = {}) => redisLedger(witness.redis, { prefix, ...options })

  /** Counts the commands, and how many of them were out at once at most. */
  async function counted() {
    const sent: string[] = []
    let [out, most] = [0, 0]
    const client: RedisCommandSender = {
      async sendCommand([name, ...args]) {
        sent.push(name!)
        most = Math.max(most, ++out)
        return witness.redis.call(name!, ...args).finally(() => out--)
      },
    }
    const ledger = redisLedger(client, { prefix })
    await ledger.get(key())
    sent.length = most = 0
    return { ledger, sent, most: () => most }
  }

  it('takes one command for a read, a claim, a claim that loses, a renewal, a settle', async () => {
    const { ledger, sent } = await counted()
    const name = key()
    const free = await ledger.get(name)
    expect(sent).toEqual(['evalsha'])
    const claimed = await ledger.compareAndSwap(name, claimOf(free, 'first'))
    expect(sent).toHaveLength(2)
    const lost = await ledger.compareAndSwap(name, claimOf(free, 'second'))
    expect(sent).toHaveLength(3)
    expect([claimed.swapped, lost.swapped]).toEqual([true, false])
    expect(lost.record.claim?.token).toBe('first')
    await ledger.compareAndSwap(name, writeOf(claimed.record))
    expect(sent).toEqual(['evalsha', 'evalsha', 'evalsha', 'evalsha'])
  })

  it('sends the commands for many keys before the first is answered', async () => {
    const { ledger, sent, most } = await counted()
    const names = Array.from({ length: 50 }, key)
    const records = await ledger.getMany(names)
    expect([sent.length, most()]).toEqual([50, 50])
    expect(await Promise.all(names.map((name) => ledger.get(name)))).toEqual(records)
  })

  it.each([
    ['lone surrogates', ['\ud800', '\udbff', '\udc00', '\ufffd', '\ufffdd800', '\ud800\ud800']],
    ['NUL and other controls', ['a', 'a\0', 'a\0\0', '\0', '\r\n', '*1\r\n$8\r\nFLUSHALL\r\n']],
    ['braces, which are hash tags in a cluster', ['{}', '{', '}', '{a}b', '{a}c', 'x{}{a}']],
    ['patterns and scripts', ['*', '[a]', '?', "'..redis.call('FLUSHALL')..'", ']]', '${1}']],
    ['long keys', ['x'.repeat(100_000), `${'x'.repeat(99_999)}y`, 'é'.repeat(50_000)]],
  ])('tells keys apart that hold %s', async (_what, texts) => {
    const ledger = open()
    const start = key()
    const names = texts.map((text) => start + text)
    for (const [index, name] of names.entries()) {
      const free = await ledger.get(name)
      expect(free.existence).toBe('unknown')
      const { record } = await ledger.compareAndSwap(name, claimOf(free, `holder ${index}`))
      expect(record.claim?.token).toBe(`holder ${index}`)
    }
    const found = await ledger.getMany(names)
    expect(found.map(({ claim }) => claim?.token)).toEqual(texts.map((_, index) => `holder ${index}`))
  })

  it('begins at the microseconds of the server, and keeps every digit of them', async () => {
    const ledger = open()
    const time = async () => {
      const [seconds, micros] = await witness.redis.time()
      return Number(seconds) * 1_000_000 + Number(micros)
    }
    const [before, record, after] = [await time(), await ledger.get(key()), await time()]
    expect(record.count).toBeGreaterThan(before)
    expect(record.count).toBeLessThan(after)
    expect(record).toMatchObject({ existence: 'unknown', fence: 0, claim: null, settled: null })
  })

  it('counts on up to the largest safe integer', async () => {
    const ledger = open()
    const name = key()
    const free = await ledger.get(name)
    const to = { ...writeOf(free).to, count: Number.MAX_SAFE_INTEGER }
    const { swapped, record } = await ledger.compareAndSwap(name, { ...writeOf(free), to })
    expect([swapped, record.count]).toEqual([true, Number.MAX_SAFE_INTEGER])
    expect((await ledger.get(name)).count).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('reads the bytes of a client that gives them for texts', async () => {
    const bytes: RedisCommandSender = {
      sendCommand: ([name, ...args]) => witness.redis.callBuffer(name!, ...args),
    }
    const ledger = redisLedger(bytes, { prefix })
    const name = key()
    const { record } = await ledger.compareAndSwap(name, claimOf(await ledger.get(name), 'hölder'))
    expect(record.claim).toMatchObject({ token: 'hölder', lease: LEASE })
    expect(await open().get(name)).toMatchObject({ count: record.count, claim: { token: 'hölder' } })
  })

  it('raises the fence above that of any record of the key that was forgotten', async () => {
    const ledger = open()
    const name = key()
    const claim = async (token: string) =>
      (await ledger.compareAndSwap(name, claimOf(await ledger.get(name), token))).record.fence
    const first = await claim('first')
    await witness.redis.del(prefix + name)
    expect(await claim('second')).toBeGreaterThan(first)
  })

  it('takes a lease with a fraction, as what is left of an invocation may have one', async () => {
    const ledger: Ledger = open()
    const name = key()
    const free = await ledger.get(name)
    const { record } = await ledger.compareAndSwap(name, claimOf(free, 'holder', 1234.5))
    expect(record.claim).toMatchObject({ lease: 1235 })
  })

  it('gives a claim one lease at most when the clock of the server goes back', async () => {
    const ledger = open()
    const name = key()
    await ledger.compareAndSwap(name, claimOf(await ledger.get(name), 'holder'))
    const hour = 3_600_000
    const ends = Number(await wordOf(witness.redis, prefix + name, 'ends'))
    await rewrite(witness.redis, prefix + name, { ends: ends + hour })
    const { claim } = await ledger.get(name)
    expect(claim!.remaining).toBeLessThanOrEqual(LEASE)
    expect(claim!.remaining).toBeGreaterThan(0)
    await rewrite(witness.redis, prefix + name, { ends: ends - hour })
    expect((await ledger.get(name)).claim!.remaining).toBeLessThan(0)
  })

  it('leaves what nobody has written to the expiry, except while it is claimed', async () => {
    const ledger = open({ keepUnwritten: 1_000_000 })
    const name = key()
    const life = () => witness.redis.pttl(prefix + name)
    const free = await ledger.get(name)
    expect(await life()).toBeGreaterThan(1_000_000)
    expect(await life()).toBeLessThanOrEqual(1_125_000)
    const { record: claimed } = await ledger.compareAndSwap(name, claimOf(free, 'first'))
    // whatever the policy, Redis would drop a record that has an end before one that has none
    expect(await life()).toBe(-1)
    expect(await ledger.get(name)).toMatchObject({ claim: { token: 'first' } })
    expect(await life()).toBe(-1)
    const { record: released } = await ledger.compareAndSwap(name, releaseOf(claimed))
    expect(await life()).toBeGreaterThan(1_000_000)
    expect(await life()).toBeLessThanOrEqual(1_125_000)
    const { record } = await ledger.compareAndSwap(name, claimOf(released, 'second'))
    await ledger.compareAndSwap(name, writeOf(record))
    expect(await life()).toBe(-1)
    const gone = await ledger.compareAndSwap(name, writeOf(await ledger.get(name), 'deleted'))
    expect([gone.record.existence, await life()]).toEqual(['deleted', -1])
  })

  it('keeps what nobody has written as long as it is read, and writes that down only now and then', async () => {
    const ledger = open({ keepUnwritten: 1_000_000 })
    const name = key()
    const { count } = await ledger.get(name)
    for (const [left, most] of [
      [1_050_000, 1_050_000],
      [990_000, 1_125_000],
    ] as const) {
      await witness.redis.pexpire(prefix + name, left)
      expect((await ledger.get(name)).count).toBe(count)
      const life = await witness.redis.pttl(prefix + name)
      expect(life).toBeGreaterThan(most - 20_000)
      expect(life).toBeLessThanOrEqual(most)
    }
  })
})
