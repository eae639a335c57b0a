import { createHash } from 'node:crypto'
import { redisLedger } from 'express-if-match/redis'
import { Redis } from 'ioredis'
import { LEASE, keyOf, type Claimed } from './claimed.js'

/** Writes the members of a hash, and answers with ten of them: a script call that does no more than two trips need. */
const SCRIPT = `redis.call('HSET', KEYS[1], unpack(ARGV))
return redis.call('HMGET', KEYS[1], 'count', 'existence', 'fence', 'token', 'beat', 'lease', 'doubtful', 'ends', 'settled', 'history')`
const SHA = createHash('sha1').update(SCRIPT).digest('hex')

/** All over one connection, as applications have it. `durable`: without the question after the server's history. */
export async function redisClaimed(durable = false): Promise<Claimed> {
  const client = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379')
  const prefix = `bench:${process.pid}:`
  const ledger = redisLedger(client, { prefix, lease: LEASE, durable })
  await client.script('LOAD', SCRIPT)
  const plain = (index: number) => `${prefix}plain:${keyOf(index)}`
  const claim = (token: string) => [
    'fence',
    '1',
    'token',
    token,
    'beat',
    '0',
    'lease',
    `${LEASE}`,
    'doubtful',
    '0',
    'ends',
    '0',
  ]
  const settle = (token: string) => ['count', '1', 'existence', 'present', 'token', '', 'settled', token]
  return {
    name: durable ? 'Redis with `durable`' : 'Redis',
    ledger,
    plain: {
      'two EVALSHA that set the same without a condition': async (index, token) => {
        await client.evalsha(SHA, 1, plain(index), ...claim(token))
        await client.evalsha(SHA, 1, plain(index), ...settle(token))
      },
      'two HSET of the same members': async (index, token) => {
        await client.hset(plain(index), ...claim(token))
        await client.hset(plain(index), ...settle(token))
      },
    },
    async close() {
      const keys = await client.keys(`${prefix}*`)
      for (let at = 0; at < keys.length; at += 1000) await client.del(keys.slice(at, at + 1000))
      await client.quit()
    },
  }
}
