import { expect, it } from 'vitest'
import { redisLedger, type RedisCommandSender } from '../../src/stores/redis.js'
import { ownForgetfulRedis } from '../support/own-servers.js'
import { connect, serverOf } from './redis-own.js'
import { claimOf } from './redis-support.js'

ownForgetfulRedis.describe('a server that does not know the script', () => {
  async function counted() {
    const redis = connect((await serverOf(ownForgetfulRedis)).port)
    const sent: string[] = []
    const failing: string[] = []
    const client: RedisCommandSender = {
      sendCommand([name, ...args]) {
        sent.push(name!)
        if (name === failing[0]) return Promise.reject(new Error(`${failing.shift()} was cut off`))
        return redis.call(name!, ...args)
      },
    }
    return { redis, sent, failing, ledger: redisLedger(client) }
  }

  it('is sent it once, however many calls go out together', async () => {
    const { sent, ledger } = await counted()
    const keys = Array.from({ length: 50 }, (_, n) => `articles/${n}`)
    expect(new Set((await ledger.getMany(keys)).map(({ count }) => count)).size).toBe(50)
    expect(sent.filter((name) => name === 'eval')).toHaveLength(1)
  })

  it('is sent it again after it was forgotten, and the swap is made once', async () => {
    const { redis, sent, ledger } = await counted()
    const free = await ledger.get('articles/1')
    await redis.script('FLUSH')
    sent.length = 0
    const { swapped, record } = await ledger.compareAndSwap('articles/1', claimOf(free, 'holder'))
    expect(sent).toEqual(['evalsha', 'eval'])
    expect([swapped, record.claim?.token]).toEqual([true, 'holder'])
    await ledger.get('articles/1')
    expect(sent).toEqual(['evalsha', 'eval', 'evalsha'])
  })

  it('and fails: all that waited for it try for themselves', async () => {
    const { failing, ledger } = await counted()
    failing.push('eval')
    const answers = await Promise.allSettled(['a', 'b', 'c'].map((key) => ledger.get(key)))
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  })
})
