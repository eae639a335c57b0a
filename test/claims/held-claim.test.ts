import { describe, expect, it } from 'vitest'
import { claimed, KEY, names, options, processes, settleMicrotasks, WRITTEN } from './support.js'

type World = ReturnType<typeof processes>

/** Time passes in small steps, and whoever waits for it runs in between. */
async function pass({ clock }: World, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await clock.advance(100)
    await settleMicrotasks()
  }
}

describe('a claim that is held', () => {
  it('is renewed for as long as its handler runs', async () => {
    const world = processes()
    const claim = claimed(await world.here.acquire(options({ lease: 3_000 })))
    await world.there.read(KEY)
    await pass(world, 10_000)
    expect(await world.there.acquire(options())).toEqual({ got: 'busy' })
    expect((await claim.settle(WRITTEN)).settlement).toBe('settled')
    expect(claim.signal.aborted).toBe(false)
  })

  it('is renewed no more once it is settled', async () => {
    const world = processes()
    const claim = claimed(await world.here.acquire(options({ lease: 3_000 })))
    await claim.settle(WRITTEN)
    world.calls.length = 0
    await pass(world, 10_000)
    expect(world.calls).toEqual([])
    expect(claim.signal.aborted).toBe(false)
  })

  it('ends for an observer that saw it unchanged for a whole lease, and not before', async () => {
    const world = processes()
    claimed(await world.here.acquire(options({ renewing: false, lease: 3_000 })))
    await pass(world, 10_000) // nobody looked: what passed unseen does not count
    expect(await world.there.acquire(options())).toEqual({ got: 'busy' })
    await pass(world, 2_900)
    expect(await world.there.acquire(options())).toEqual({ got: 'busy' })
    await pass(world, 100)
    expect(claimed(await world.there.acquire(options())).record).toMatchObject({
      count: 1,
      existence: 'unknown',
    })
  })

  it('that is dead is moved on by a reader too', async () => {
    const world = processes()
    claimed(await world.here.acquire(options({ renewing: false, lease: 3_000 })))
    expect(await world.there.read(KEY)).toMatchObject({ count: 0, claim: { beat: 0 } })
    await pass(world, 3_000)
    expect(await world.there.read(KEY)).toMatchObject({ count: 1, claim: null })
    expect(await world.there.acquire(options({ expectation: names(0) }))).toMatchObject({ got: 'refusal' })
  })

  it('that was overtaken moves the version on, and makes its successor doubtful', async () => {
    const world = processes()
    const late = claimed(await world.here.acquire(options({ renewing: false, lease: 3_000 })))
    await world.there.read(KEY)
    await pass(world, 3_000)
    const next = claimed(await world.there.acquire(options()))
    expect((await late.settle(WRITTEN)).settlement).toBe('unknown')
    expect((await next.settle(WRITTEN)).settlement).toBe('unknown')
    expect(await world.here.read(KEY)).toMatchObject({ count: 3, existence: 'unknown', claim: null })
  })

  it('tells its handler when a renewal finds it gone', async () => {
    const world = processes()
    const late = claimed(await world.here.acquire(options({ lease: 30_000 })))
    const record = await world.there.read(KEY)
    await world.ledger.compareAndSwap(KEY, {
      from: { count: 0, token: record.claim?.token ?? null, beat: 0 },
      to: { count: 1, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false },
    })
    expect(late.signal.aborted).toBe(false)
    await pass(world, 10_000)
    expect(late.signal.aborted).toBe(true)
  })

  it('tells its handler when no renewal came through for a whole lease', async () => {
    const world = processes()
    const claim = claimed(await world.here.acquire(options({ lease: 3_000 })))
    world.faults.swap.push(...Array<'call-lost'>(10).fill('call-lost'))
    world.faults.get.push(...Array<'call-lost'>(10).fill('call-lost'))
    expect(claim.signal.aborted).toBe(false)
    await pass(world, 4_000)
    expect(claim.signal.aborted).toBe(true)
  })

  it('has an unknown outcome once somebody has written past it', async () => {
    const world = processes()
    const claim = claimed(await world.here.acquire(options()))
    await world.there.move(KEY)
    expect((await claim.settle(WRITTEN)).settlement).toBe('unknown')
  })

  it('leaves the version when its handler wrote nothing, even after it was overtaken', async () => {
    const world = processes()
    const claim = claimed(await world.here.acquire(options({ renewing: false })))
    await world.there.read(KEY)
    await pass(world, 3_000)
    const next = claimed(await world.there.acquire(options()))
    expect((await claim.settle({ kind: 'unwritten' })).settlement).toBe('settled')
    expect((await next.settle(WRITTEN)).settlement).toBe('settled')
  })
})

describe('a settle whose answer does not come', () => {
  it('recognises itself when it was made', async () => {
    const { here, faults } = processes()
    const claim = claimed(await here.acquire(options()))
    faults.swap.push('answer-lost')
    expect(await claim.settle(WRITTEN)).toMatchObject({
      settlement: 'settled',
      record: { count: 1, claim: null },
    })
  })

  it('is made again when it was not', async () => {
    const { here, faults, calls } = processes()
    const claim = claimed(await here.acquire(options()))
    faults.swap.push('call-lost', 'call-lost')
    expect(await claim.settle(WRITTEN)).toMatchObject({ settlement: 'settled', record: { count: 1 } })
    expect(calls.filter((call) => call === 'swap')).toHaveLength(4)
  })

  it('is lost when the store is', async () => {
    const { here, faults } = processes()
    const claim = claimed(await here.acquire(options()))
    faults.swap.push('call-lost')
    faults.get.push('call-lost')
    expect((await claim.settle(WRITTEN)).settlement).toBe('lost')
    expect(await here.acquire(options())).toEqual({ got: 'busy' })
  })

  it('is told to the store as unknown once it is there again, even where the claim is long gone', async () => {
    const world = processes()
    const late = claimed(await world.here.acquire(options({ renewing: false, lease: 3_000 })))
    await world.there.read(KEY)
    await pass(world, 3_000)
    const next = claimed(await world.there.acquire(options({ lease: 90_000 })))
    world.faults.swap.push('call-lost', 'call-lost')
    world.faults.get.push('call-lost', 'call-lost')
    expect((await late.settle(WRITTEN)).settlement).toBe('lost')
    await pass(world, 3_000)
    expect((await next.settle(WRITTEN)).settlement).toBe('unknown')
  })

  it('gives the key back once the store is there again, where nothing was written', async () => {
    const world = processes()
    const claim = claimed(await world.here.acquire(options({ lease: 30_000 })))
    world.faults.swap.push('call-lost')
    world.faults.get.push('call-lost')
    expect((await claim.settle({ kind: 'unwritten' })).settlement).toBe('lost')
    await pass(world, 10_000)
    // within its lease, and in the version that all have read
    expect(await world.there.read(KEY)).toMatchObject({ count: 0, claim: null })
  })

  it('gives up on that when its lease is over', async () => {
    const world = processes()
    const claim = claimed(await world.here.acquire(options()))
    world.faults.swap.push(...Array<'call-lost'>(9).fill('call-lost'))
    world.faults.get.push(...Array<'call-lost'>(9).fill('call-lost'))
    expect((await claim.settle({ kind: 'unwritten' })).settlement).toBe('lost')
    const asked = world.calls.length
    await pass(world, 30_000)
    expect(world.calls).toHaveLength(asked + 4)
    world.faults.swap.length = world.faults.get.length = 0
    expect((await world.ledger.get(KEY)).claim?.token).toBe(claim.token)
  })

  it('counts once, however often it is called', async () => {
    const { here } = processes()
    const claim = claimed(await here.acquire(options()))
    const endings = await Promise.all([claim.settle(WRITTEN), claim.settle({ kind: 'unknown' })])
    expect(endings[0]).toBe(endings[1])
    expect((await here.read(KEY)).count).toBe(1)
  })
})
