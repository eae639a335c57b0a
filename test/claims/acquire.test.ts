import { describe, expect, it } from 'vitest'
import { claimed, KEY, names, options, processes, settleMicrotasks, WRITTEN } from './support.js'

describe('a claim', () => {
  it('costs one trip when the client names the version, and one more to settle', async () => {
    const { here, calls } = processes()
    const claim = claimed(await here.acquire(options({ expectation: names(0) })))
    expect(calls).toEqual(['swap'])
    expect((await claim.settle(WRITTEN)).record.count).toBe(1)
    expect(calls).toEqual(['swap', 'swap'])
  })

  it('tells the loser in the same trip', async () => {
    const { here, calls } = processes()
    await claimed(await here.acquire(options())).settle(WRITTEN)
    calls.length = 0
    const acquired = await here.acquire(options({ expectation: names(0) }))
    expect(acquired).toMatchObject({ got: 'refusal', verdict: { reason: 'stale' }, record: { count: 1 } })
    expect(calls).toEqual(['swap'])
  })

  it('reads first when the client names several versions', async () => {
    const { here, calls } = processes()
    claimed(await here.acquire(options({ expectation: names(0, 7) })))
    expect(calls).toEqual(['get', 'swap'])
  })

  it('keeps another process out, which is told to come again', async () => {
    const { here, there } = processes()
    claimed(await here.acquire(options()))
    expect(await there.acquire(options({ expectation: names(0) }))).toEqual({ got: 'busy' })
  })

  it('refuses at once what is stale whatever the claim comes to', async () => {
    const { here, there } = processes()
    await claimed(await here.acquire(options())).settle(WRITTEN)
    claimed(await here.acquire(options()))
    expect(await there.acquire(options({ expectation: names(0), wait: 1_000 }))).toMatchObject({
      got: 'refusal',
    })
  })

  it('judges a waiter on the settled state: a race that it lost', async () => {
    const { here, there, clock } = processes()
    const first = claimed(await here.acquire(options({ expectation: names(0) })))
    const second = there.acquire(options({ expectation: names(0), wait: 1_000 }))
    await settleMicrotasks()
    await first.settle(WRITTEN)
    await clock.advance(100)
    expect(await second).toMatchObject({ got: 'refusal', raced: true, verdict: { reason: 'stale' } })
  })

  it('lets a waiter in when the first has written nothing', async () => {
    const { here, there, clock } = processes()
    const first = claimed(await here.acquire(options({ expectation: names(0) })))
    const second = there.acquire(options({ expectation: names(0), wait: 1_000 }))
    await settleMicrotasks()
    await first.settle({ kind: 'unwritten' })
    await clock.advance(100)
    expect((await second).got).toBe('claim')
  })

  it('is served in the order of arrival within one process', async () => {
    const { here } = processes()
    const order: number[] = []
    await Promise.all(
      [1, 2, 3, 4].map(async (number) => {
        const claim = claimed(await here.acquire(options({ wait: 1_000 })))
        order.push(number)
        await claim.settle(WRITTEN)
      }),
    )
    expect(order).toEqual([1, 2, 3, 4])
  })

  it('is not made for a client that went away while it waited, and the line moves on', async () => {
    const { here } = processes()
    const first = claimed(await here.acquire(options()))
    const gone = new AbortController()
    const second = here.acquire(options({ wait: 1_000, client: { gone: () => gone.signal } }))
    const third = here.acquire(options({ wait: 1_000 }))
    gone.abort()
    expect(await second).toEqual({ got: 'aborted' })
    await first.settle(WRITTEN)
    expect((await third).got).toBe('claim')
  })

  it('is not made for a client that went away while another process held the key', async () => {
    const { here, there, clock } = processes()
    const first = claimed(await here.acquire(options()))
    const gone = new AbortController()
    const second = there.acquire(options({ wait: 1_000, client: { gone: () => gone.signal } }))
    await settleMicrotasks()
    await first.settle(WRITTEN)
    gone.abort()
    await clock.advance(100)
    expect(await second).toEqual({ got: 'aborted' })
    expect((await here.read(KEY)).claim).toBeNull()
  })

  it('gives up its place in the line when the wait is over', async () => {
    const { here, clock } = processes()
    const first = claimed(await here.acquire(options()))
    const second = here.acquire(options({ wait: 500 }))
    await clock.advance(500)
    expect(await second).toEqual({ got: 'busy' })
    await first.settle(WRITTEN)
    expect((await here.acquire(options())).got).toBe('claim')
  })

  it('does not pass on the version of a tombstone', async () => {
    const { here } = processes()
    await claimed(await here.acquire(options())).settle({ kind: 'written', existence: 'deleted' })
    expect(await here.acquire(options({ expectation: names(1) }))).toMatchObject({
      verdict: { reason: 'gone' },
    })
    expect((await here.read(KEY)).claim).toBeNull()
  })
})

describe('a claim whose answer does not come', () => {
  it('is recognised by its token when the swap was made', async () => {
    const { here, faults } = processes()
    faults.swap.push('answer-lost')
    expect((await here.acquire(options({ expectation: names(0) }))).got).toBe('claim')
  })

  it('is recognised by its token when the driver sent the swap twice', async () => {
    const { here, calls, faults } = processes()
    faults.swap.push('sent-twice')
    expect((await here.acquire(options({ expectation: names(0), wait: 0 }))).got).toBe('claim')
    expect(calls).toEqual(['swap'])
  })

  it('is a failure when the swap was not made, and leaves nothing behind', async () => {
    const { here, faults } = processes()
    faults.swap.push('call-lost')
    await expect(here.acquire(options({ expectation: names(0) }))).rejects.toThrow('cut')
    expect((await here.acquire(options({ expectation: names(0) }))).got).toBe('claim')
  })

  it('is a failure when the store hangs, after its time', async () => {
    const { here, faults, clock } = processes()
    faults.swap.push('hangs')
    faults.get.push('hangs')
    const acquired = here.acquire(options({ expectation: names(0) }))
    const failure = expect(acquired).rejects.toMatchObject({ code: 'ERR_STORE_TIMEOUT' })
    await clock.advance(1_000)
    await settleMicrotasks()
    await clock.advance(1_000)
    await failure
  })

  it('that the store makes too late is given back: nobody is behind it', async () => {
    const { here, there, ledger, faults, clock, calm } = processes()
    faults.swap.push('late')
    const acquiring = here.acquire(options({ expectation: names(0) }))
    const failed = expect(acquiring).rejects.toMatchObject({ code: 'ERR_STORE_TIMEOUT' })
    await clock.advance(1_000)
    await failed
    calm()
    await settleMicrotasks()
    // nothing was written under it: the version stays
    expect(await ledger.get(KEY)).toMatchObject({ count: 0, claim: null })
    claimed(await there.acquire(options({ expectation: names(0) })))
  })

  it('that the store makes while it is looked for is held, and not given back', async () => {
    const { here, ledger, faults, clock, calm } = processes()
    faults.swap.push('late')
    faults.get.push('late')
    const acquiring = here.acquire(options({ expectation: names(0) }))
    await clock.advance(1_000)
    calm()
    const claim = claimed(await acquiring)
    await settleMicrotasks()
    expect((await ledger.get(KEY)).claim?.token).toBe(claim.token)
    expect(await claim.settle(WRITTEN)).toMatchObject({ settlement: 'settled', record: { count: 1 } })
  })

  it('that the store makes too late is given back where the look at it fails too', async () => {
    const { here, ledger, faults, clock, calm } = processes()
    faults.swap.push('late')
    faults.get.push('call-lost')
    const failed = expect(here.acquire(options({ expectation: names(0) }))).rejects.toThrow('cut')
    await clock.advance(1_000)
    await failed
    calm()
    await settleMicrotasks()
    expect((await ledger.get(KEY)).claim).toBeNull()
  })

  it('that the store makes when its driver has given it up is given back, once the store answers again', async () => {
    const { here, there, ledger, faults, calls, clock, calm } = processes()
    faults.swap.push('given-up')
    faults.get.push('call-lost', 'call-lost')
    await expect(here.acquire(options({ expectation: names(0), lease: 30_000 }))).rejects.toThrow('cut')
    await clock.advance(1_000)
    calm()
    await settleMicrotasks()
    expect((await ledger.get(KEY)).claim).not.toBeNull()
    await clock.advance(3_000)
    // nothing was written under it: the version stays
    expect(await ledger.get(KEY)).toMatchObject({ count: 0, claim: null })
    const asked = calls.length
    await clock.advance(60_000)
    expect(calls).toHaveLength(asked)
    claimed(await there.acquire(options({ expectation: names(0) })))
  })

  it('is not looked for for ever, nor given back where it is another one', async () => {
    const { here, there, ledger, faults, calls, clock } = processes()
    faults.swap.push('call-lost')
    faults.get.push('call-lost')
    await expect(here.acquire(options({ expectation: names(0) }))).rejects.toThrow('cut')
    const other = claimed(await there.acquire(options({ renewing: false })))
    await clock.advance(1_000)
    expect((await ledger.get(KEY)).claim?.token).toBe(other.token)
    faults.swap.push('call-lost')
    faults.get.push(...Array<'call-lost'>(9).fill('call-lost'))
    await expect(here.acquire(options({ expectation: names(0) }))).rejects.toThrow('cut')
    const asked = calls.length
    await clock.advance(60_000)
    expect(calls).toHaveLength(asked + 3)
  })
})
