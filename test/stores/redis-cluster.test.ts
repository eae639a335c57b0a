import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisLedger } from '../../src/stores/redis.js'
import { ownForgetfulRedis } from '../support/own-servers.js'
import { clients, clusterKinds } from './redis-clients.js'
import { keepsTheContract } from './redis-contract-cases.js'
import { createCluster, type OwnCluster } from './redis-cluster-nodes.js'
import { claimOf, randomPrefix, writeOf } from './redis-support.js'

const PATIENCE = 60_000

ownForgetfulRedis.describe('redisLedger over a cluster', () => {
  let cluster: OwnCluster
  beforeAll(async () => {
    cluster = await createCluster()
  }, PATIENCE)
  afterAll(() => cluster.end(), PATIENCE)

  describe.each(clusterKinds.map((kind) => [kind.name, kind] as const))('%s', (_name, kind) => {
    const opened = clients()
    afterAll(() => opened.close())

    it('spreads the keys, and asks each at its node', async () => {
      const ledger = redisLedger(await opened.open(kind, cluster.port), { prefix: randomPrefix() })
      const keys = Array.from({ length: 90 }, (_, n) => `articles/${n}`)
      const before = await Promise.all(cluster.nodes.map(scripts))
      const records = await ledger.getMany(keys)
      await Promise.all(keys.map((key, n) => ledger.compareAndSwap(key, claimOf(records[n]!, `holder ${n}`))))
      const claimed = await ledger.getMany(keys)
      expect(claimed.map(({ claim }) => claim?.token)).toEqual(keys.map((_, n) => `holder ${n}`))
      const after = await Promise.all(cluster.nodes.map(scripts))
      const made = after.map((count, node) => count - before[node]!)
      for (const primary of made.slice(0, -1)) expect(primary).toBeGreaterThan(0)
      // whatever the client reads from replicas otherwise
      expect(made.at(-1)).toBe(0)
    })

    it('finds a record again whose slot has moved to another node, and moves its version on', async () => {
      const prefix = randomPrefix()
      const ledger = redisLedger(await opened.open(kind, cluster.port), { prefix })
      const { record } = await ledger.compareAndSwap('moved', writeOf(await ledger.get('moved')))
      await moveSlotOf(`${prefix}moved`, cluster)
      // the writes of one node say nothing of those of another
      const after = await ledger.get('moved')
      expect(after).toMatchObject({ existence: 'unknown', claim: null })
      expect(after.count).toBeGreaterThan(record.count)
      const { swapped } = await ledger.compareAndSwap('moved', writeOf(after))
      expect([swapped, await ledger.get('moved')]).toMatchObject([true, { count: after.count + 1 }])
    })

    const prefix = randomPrefix()
    keepsTheContract(kind.name, {
      open: async () => redisLedger(await opened.open(kind, cluster.port), { prefix }),
    })
  })

  async function scripts(node: OwnCluster['nodes'][number]): Promise<number> {
    const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await node.info('commandstats'))?.[1]
    return Number(calls ?? 0)
  }
})

/** The slot of a key, with everything in it, from the node that has it to the next one. */
async function moveSlotOf(key: string, { nodes }: OwnCluster): Promise<void> {
  const slot = await nodes[0]!.cluster('KEYSLOT', key)
  const primaries = nodes.slice(0, -1)
  const held = await Promise.all(primaries.map((node) => node.exists(key).catch(() => 0)))
  const from = held.indexOf(1)
  const [source, target] = [primaries[from]!, primaries[(from + 1) % primaries.length]!]
  const [sourceId, targetId] = [await source.cluster('MYID'), await target.cluster('MYID')]
  await target.cluster('SETSLOT', slot, 'IMPORTING', sourceId)
  await source.cluster('SETSLOT', slot, 'MIGRATING', targetId)
  // a node gives no slot away that still has keys, and others than this one may be in it
  for (const name of await source.cluster('GETKEYSINSLOT', slot, 1000))
    await source.migrate('127.0.0.1', target.options.port!, name, 0, 5000)
  for (const node of [target, ...primaries]) await node.cluster('SETSLOT', slot, 'NODE', targetId)
}
