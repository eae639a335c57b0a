import { expect, it } from 'vitest'
import { redisLedger, type RedisCommandSender } from '../../src/stores/redis.js'
import { resultOf } from '../../src/stores/redis/reply.js'
import { scriptOf } from '../../src/stores/redis/script.js'
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

  it('takes nothing for a replication id that is none', async () => {
    const { redis } = await counted()
    const { text } = scriptOf({ keep: 1000, life: 2000, durable: false })
    const asked = "redis.pcall('INFO', 'replication')"
    expect(text).toContain(asked)
    const read = async (id: string) => {
      const told = text.replace(asked, () =>
        JSON.stringify(`role:master\r\nmaster_replid:${id}\r\nmaster_replid2:0000`),
      )
      return resultOf('k', await redis.eval(told, 1, `k:${id}`, '', '0', '1000', '', '', '', ''))
    }
    const whole = '0123456789abcdef0123456789abcdef01234567'
    expect((await read(whole)).history).toBe(whole.slice(0, 16))
    for (const id of ['', 'short', 'no hexadecimal digits at all']) {
      await expect(read(id)).rejects.toMatchObject({ code: 'ERR_WRITE_UNSUPPORTED' })
      expect(await redis.exists(`k:${id}`)).toBe(0)
    }
  })
})
