import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { describe, expect, it } from 'vitest'
import { redisLedger, type RedisClient, type RedisLedgerOptions } from '../../src/stores/redis.js'

const quiet = new Redis({ lazyConnect: true })
const nodes = [{ host: '127.0.0.1', port: 1 }]
const root = { rootNodes: [{ url: 'redis://127.0.0.1:1' }] }

/** As the typings take them: nothing here connects. */
const clients: Record<string, RedisClient> = {
  'Redis of ioredis': quiet,
  'Cluster of ioredis': new Cluster(nodes, { lazyConnect: true }),
  'a client of node-redis': createClient(),
  'a client of node-redis with RESP2': createClient({ RESP: 2 }),
  'a cluster of node-redis': createCluster(root),
  'a pool of node-redis': createClientPool(),
  'sentinels of node-redis': createSentinel({ name: 'x', sentinelRootNodes: nodes }),
  'anything that sends commands': { sendCommand: async (command: string[]) => command },
}

const WAITING = ['Redis of ioredis', 'a client of node-redis', 'a client of node-redis with RESP2']

describe('redisLedger(client)', () => {
  it.each(Object.entries(clients))('takes %s', (_name, client) => {
    expect(redisLedger(client)).toMatchObject({ name: 'redis', epoch: '' })
  })

  it.each(Object.entries(clients))('takes WAIT over %s, or says that it cannot', (name, client) => {
    const make = () => redisLedger(client, { wait: { replicas: 1 } })
    if (WAITING.includes(name)) expect(make).not.toThrow()
    else expect(make).toThrow(expect.objectContaining({ code: 'ERR_OPTIONS_CONFLICT' }))
  })

  it.each([undefined, null, 'redis://127.0.0.1', 7, {}, [], () => 1, { call: 'me' }, { evalSha: () => 1 }])(
    'refuses %s',
    (client) => {
      expect(() => redisLedger(client as never)).toThrow(
        expect.objectContaining({
          code: 'ERR_OPTION_INVALID',
          message: expect.stringContaining('ioredis or node-redis'),
        }),
      )
    },
  )

  it('refuses clients that answer callbacks', async () => {
    const four = {
      ...clients['a client of node-redis'],
      options: { legacyMode: true },
      call: () => undefined,
    }
    expect(() => redisLedger(four as never)).toThrow(/v4/)
    // they cannot be told by their shape, but by their first answer
    const silent = redisLedger({ call: () => undefined } as never)
    await expect(silent.get('a')).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })

  it('shows no connection in a message', () => {
    const secret = { url: 'redis://:secret@127.0.0.1' }
    expect(() => redisLedger(secret as never)).toThrow(expect.not.stringContaining('secret'))
  })
})

describe('the options of redisLedger', () => {
  const invalid: [option: string, value: unknown][] = [
    ['prefix', 7],
    ['prefix', null],
    ['keepUnwritten', 0],
    ['keepUnwritten', 1.5],
    ['keepUnwritten', '1000'],
    ['keepUnwritten', Infinity],
    ['keepUnwritten', 1e15],
    ['durable', 'yes'],
    ['lease', 0],
    ['lease', '30000'],
    ['lease', Infinity],
    ['wait', true],
    ['wait', null],
    ['wait', {}],
    ['wait', { replicas: 0 }],
    ['wait', { replicas: '1' }],
    ['wait', { replicas: 1, timeout: 0 }],
    ['wait', { replicas: 1, timeout: NaN }],
  ]
  it.each(invalid)('%s: %o will not do', (option, value) => {
    expect(() => redisLedger(quiet, { [option]: value })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringMatching(new RegExp(`^${option}`)),
      }),
    )
  })

  it.each([{ keyPrefix: 'x' }, { wait: { replicas: 1, timout: 1 } }])('%o is not known', (options) => {
    expect(() => redisLedger(quiet, options as RedisLedgerOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_UNKNOWN' }),
    )
  })

  it.each([null, 'if-match:', []])('%o are none', (options) => {
    expect(() => redisLedger(quiet, options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })

  it('a durable server has nothing to wait for', () => {
    expect(() => redisLedger(quiet, { durable: true, wait: { replicas: 1 } })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTIONS_CONFLICT' }),
    )
  })
})

describe('the promises of redisLedger', () => {
  const promises = (options: RedisLedgerOptions) => redisLedger(quiet, options).promises

  it('are those of the server as it is set up', () => {
    expect(promises({})).toMatchObject({ durable: 'no', clock: 'store', transaction: false })
    expect(promises({ durable: true })).toMatchObject({ durable: 'as configured', clock: 'store' })
    const failovers = [{}, { durable: true }, { wait: { replicas: 2 } }].map(
      (options) => promises(options)!.failover,
    )
    expect(new Set(failovers).size).toBe(3)
    expect(failovers[2]).toContain('replicas confirmed')
  })
})
