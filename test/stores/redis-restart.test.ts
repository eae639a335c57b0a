import { expect, it } from 'vitest'
import type { LedgerRecord } from '../../src/core/record.js'
import type { RedisLedger } from '../../src/stores/redis.js'
import { ownForgetfulRedis } from '../support/own-servers.js'
import { openLedger, serverOf } from './redis-own.js'
import { claimOf, writeOf } from './redis-support.js'

const KEY = 'articles/1'

async function written(ledger: RedisLedger): Promise<LedgerRecord> {
  return (await ledger.compareAndSwap(KEY, writeOf(await ledger.get(KEY)))).record
}

ownForgetfulRedis.describe('P1 over a server that forgets claims by a restart', () => {
  const lease = 3000

  it('nobody is granted a claim as long as the handlers of before may run', async () => {
    const server = await serverOf(ownForgetfulRedis)
    const { ledger } = openLedger(server.port, { lease })
    const before = await written(ledger)
    const held = await ledger.compareAndSwap(KEY, claimOf(before, 'holder', lease))
    expect(held.swapped).toBe(true)
    await server.crash()
    await server.start()
    // a process that begins only now cannot know; what it has seen first is claimed once another has looked
    const young = openLedger(server.port, { lease }).ledger
    expect(await young.get('articles/2')).toMatchObject({ claim: null })
    for (const key of [KEY, 'articles/2', 'articles/3']) {
      const { claim, ...record } = await ledger.get(key)
      expect(claim, key).toMatchObject({ token: 'forgotten', doubtful: true, lease })
      expect(claim!.remaining).toBeGreaterThan(0)
      // when a server began is known to the second
      expect(claim!.remaining).toBeLessThanOrEqual(lease + 1000)
      for (const one of [ledger, young])
        expect(
          (await one.compareAndSwap(key, claimOf({ ...record, claim: null }, 'late', lease))).swapped,
        ).toBe(false)
    }
    expect((await young.get(KEY)).claim).toMatchObject({ token: 'forgotten' })
    // and then it is over
    await expect
      .poll(async () => (await ledger.get(KEY)).claim!.remaining, { timeout: 10_000 })
      .toBeLessThanOrEqual(0)
    let unseen = 4
    await expect
      .poll(async () => (await ledger.get(`articles/${unseen++}`)).claim, { timeout: 10_000 })
      .toBeNull()
  })

  it('a blind claim that the restarted server would grant is not made either', async () => {
    const server = await serverOf(ownForgetfulRedis)
    const { ledger } = openLedger(server.port, { lease })
    await written(ledger)
    await server.crash()
    await server.start()
    const young = openLedger(server.port, { lease }).ledger
    const record = await young.get(KEY)
    expect((await ledger.compareAndSwap(KEY, claimOf(record, 'blind', lease))).swapped).toBe(false)
  })

  it('a guard that claims for longer than the ledger was told is believed', async () => {
    const server = await serverOf(ownForgetfulRedis)
    const { ledger } = openLedger(server.port, { lease: 1 })
    await ledger.compareAndSwap(KEY, claimOf(await ledger.get(KEY), 'holder', 60_000))
    await server.crash()
    await server.start()
    expect((await ledger.get(KEY)).claim).toMatchObject({ token: 'forgotten', lease: 60_000 })
  })
})
