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
  const record = ['count', '7', 'existence', 'present', 'fence', '3', 'history', 'x']
  const claim = ['token', 'T', 'beat', '0', 'lease', '1000', 'doubtful', '0', 'ends', '9']

  const foreign: Record<string, Store> = {
    'a text': (name) => witness.redis.set(name, '7'),
    'a list': (name) => witness.redis.rpush(name, 'count', '7'),
    'a set': (name) => witness.redis.sadd(name, 'count'),
    'a stream': (name) => witness.redis.xadd(name, '*', 'count', '7'),
    "somebody else's hash": hash('title', 'a book', 'author', 'somebody'),
    'a hash with a count, and nothing else of ours': hash('count', '7'),
    'no count': hash(...record.slice(2)),
    'a count that is no number': hash(...record, 'count', 'seven'),
    'a count with a sign': hash(...record, 'count', '-7'),
    'a count with a fraction': hash(...record, 'count', '7.0'),
    'a count as Lua writes large ones': hash(...record, 'count', '1e+15'),
    'a count of too many digits': hash(...record, 'count', '79228162514264337593543950336'),
    'another existence': hash(...record, 'existence', 'maybe'),
    'a fence that is no number': hash(...record, 'fence', ''),
    'a claim without the rest of it': hash(...record, 'token', 'T'),
    'a claim with a strange beat': hash(...record, ...claim, 'beat', 'x'),
    'a claim with a strange lease': hash(...record, ...claim, 'lease', ' 1000'),
    'a claim with a strange doubt': hash(...record, ...claim, 'doubtful', 'yes'),
    'a claim with a strange end': hash(...record, ...claim, 'ends', 'never'),
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
      await hash(...record, 'count', count)(`${prefix}odd`)
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
    await hash(...record, 'later', 'x')(`${prefix}later`)
    const { swapped } = await ledger.compareAndSwap('later', claimOf(await ledger.get('later'), 'mine'))
    expect([swapped, await witness.redis.hget(`${prefix}later`, 'later')]).toEqual([true, 'x'])
  })
})
