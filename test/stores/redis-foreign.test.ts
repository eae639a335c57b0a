import { expect, it } from 'vitest'
import type { LedgerRecord } from '../../src/core/record.js'
import { redisLedger } from '../../src/stores/redis.js'
import { redis } from '../support/servers.js'
import { claimOf, randomPrefix, witnessOf, writeOf } from './redis-support.js'

const prefix = randomPrefix()

type Store = (name: string) => Promise<unknown>

redis.describe('what the library did not write is never taken for a version', () => {
  const witness = witnessOf(() => redis.url, prefix)
  const hash =
    (...fields: string[]): Store =>
    (name) =>
      witness.redis.hset(name, ...fields)
  const recordOf = (record: string) => hash('record', record)
  const claimedAs = (claim: string) => hash('record', '7 present 3 x 1', 'claim', claim)

  const foreign: Record<string, Store> = {
    'a text': (name) => witness.redis.set(name, '7'),
    'a list': (name) => witness.redis.rpush(name, 'record', '7'),
    'a set': (name) => witness.redis.sadd(name, 'record'),
    'a stream': (name) => witness.redis.xadd(name, '*', 'record', '7'),
    "somebody else's hash": hash('title', 'a book', 'author', 'somebody'),
    "somebody else's record": recordOf('Abbey Road'),
    'a record with a count, and nothing else of ours': recordOf('7'),
    'no count': recordOf('present 3 x 1'),
    'a count that is no number': recordOf('seven present 3 x 1'),
    'a count with a sign': recordOf('-7 present 3 x 1'),
    'a count with a fraction': recordOf('7.0 present 3 x 1'),
    'a count as Lua writes large ones': recordOf('1e+15 present 3 x 1'),
    'a count of too many digits': recordOf('79228162514264337593543950336 present 3 x 1'),
    'another existence': recordOf('7 maybe 3 x 1'),
    'a fence that is no number': recordOf('7 present - x 1'),
    'a fence of too many digits': recordOf('7 present 79228162514264337593543950336 x 1'),
    'a kept that is neither': recordOf('7 present 3 x 2'),
    'a claim without its token': claimedAs('0 1000 0 9'),
    'a claim without the rest of it': claimedAs('0'),
    'a claim with an end that goes on': claimedAs('0 1000 0 9x T'),
    'a claim with a strange beat': claimedAs('x 1000 0 9 T'),
    'a claim with a strange lease': claimedAs('0  1000 0 9 T'),
    'a claim with a strange doubt': claimedAs('0 1000 yes 9 T'),
    'a claim with a strange end': claimedAs('0 1000 0 never T'),
    'a claim with an end of too many digits': claimedAs('0 1000 0 79228162514264337593543950336 T'),
  }
  const seven: LedgerRecord = { count: 7, existence: 'present', fence: 3, claim: null, settled: null }
  const held = { ...seven, claim: { token: 'T', beat: 0, lease: 1000, doubtful: false } }

  it.each(Object.entries(foreign))('%s', async (what, store) => {
    // where nothing is asked of the replication id, nothing moves on either
    for (const durable of [true, false]) {
      const ledger = redisLedger(witness.redis, { prefix, durable })
      const name = `${what}, ${durable}`
      await store(prefix + name)
      const before = await witness.redis.dump(prefix + name)
      const refused = { code: 'ERR_STORE_SCHEMA' }
      await expect(ledger.get(name)).rejects.toMatchObject(refused)
      await expect(ledger.getMany(['another', name])).rejects.toMatchObject(refused)
      for (const from of [seven, held])
        for (const swap of [claimOf(from, 'mine'), writeOf(from)])
          await expect(ledger.compareAndSwap(name, swap)).rejects.toMatchObject(refused)
      expect(await witness.redis.dump(prefix + name)).toEqual(before)
    }
  })

  it('a count that is no safe integer, or not as the library writes it, is none', async () => {
    const ledger = redisLedger(witness.redis, { prefix, durable: true })
    for (const count of ['9007199254740993', '9007199254740994', '007']) {
      await recordOf(`${count} present 3 x 1`)(`${prefix}odd`)
      await expect(ledger.get('odd')).rejects.toMatchObject({ code: 'ERR_STORE_SCHEMA' })
    }
  })

  it('says which key it is, and what to do', async () => {
    await witness.redis.set(`${prefix}taken`, 'x')
    const reading = redisLedger(witness.redis, { prefix }).get('taken')
    await expect(reading).rejects.toThrow(/"taken" .*`prefix`.*ERR_STORE_SCHEMA, see docs\/errors.md/)
  })

  it('leaves fields alone that it does not know, as a later version may have them', async () => {
    const ledger = redisLedger(witness.redis, { prefix, durable: true })
    await hash('record', '7 present 3 x 1', 'later', 'x')(`${prefix}later`)
    const { swapped } = await ledger.compareAndSwap('later', claimOf(await ledger.get('later'), 'mine'))
    expect([swapped, await witness.redis.hget(`${prefix}later`, 'later')]).toEqual([true, 'x'])
  })
})
