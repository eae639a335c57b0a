import { describe, expect, it } from 'vitest'
import { claimed, KEY, names, options, processes, settleMicrotasks, WRITTEN } from './support.js'

describe('a claim whose answer comes when its lease is over', () => {
  it('is not held: another may have written since; a new one is made within the wait', async () => {
    const { here, there, faults, clock, calm } = processes()
    faults.swap.push('told-late')
    const acquiring = here.acquire(options({ expectation: names(0), lease: 300, wait: 2_000 }))
    await settleMicrotasks()
    expect((await there.read(KEY)).claim).not.toBeNull()
    await clock.advance(300)
    // another process ends it by its lease, writes, and is answered
    const other = claimed(await there.acquire(options({ lease: 300 })))
    expect((await other.settle(WRITTEN)).settlement).toBe('settled')
    calm()
    await settleMicrotasks()
    await clock.advance(100)
    expect(await acquiring).toMatchObject({ got: 'refusal', raced: true, verdict: { reason: 'stale' } })
    expect(await here.read(KEY)).toMatchObject({ count: 2, claim: null })
  })

  it('is made anew, where nothing came between', async () => {
    const { here, ledger, faults, clock, calm } = processes()
    faults.swap.push('told-late')
    const acquiring = here.acquire(options({ expectation: names(0), lease: 300, wait: 2_000 }))
    await clock.advance(300)
    const before = (await ledger.get(KEY)).claim?.token
    calm()
    await settleMicrotasks()
    await clock.advance(100)
    const claim = claimed(await acquiring)
    expect(claim.token).not.toBe(before)
    expect(await claim.settle(WRITTEN)).toMatchObject({ settlement: 'settled', record: { count: 1 } })
  })

  it('is given back, and the client told to come again, where the wait is over too', async () => {
    const { here, ledger, faults, clock, calm } = processes()
    faults.swap.push('told-late')
    const acquiring = here.acquire(options({ expectation: names(0), lease: 300 }))
    await clock.advance(300)
    calm()
    expect(await acquiring).toEqual({ got: 'busy' })
    expect(await ledger.get(KEY)).toMatchObject({ count: 0, claim: null })
  })

  it('is not held either where a look has found it after the time of the store', async () => {
    const { here, ledger, faults, clock, calm } = processes()
    faults.swap.push('told-late')
    const acquiring = here.acquire(options({ expectation: names(0), lease: 300 }))
    await clock.advance(1_000)
    expect(await acquiring).toEqual({ got: 'busy' })
    calm()
    await settleMicrotasks()
    expect(await ledger.get(KEY)).toMatchObject({ count: 0, claim: null })
  })

  it('is not held where the clock of the store says so, which went on while this process was frozen', async () => {
    const { here, ledger, clock } = processes()
    const swap = ledger.compareAndSwap.bind(ledger)
    let frozen = true
    ledger.compareAndSwap = async (key, asked) => {
      const { swapped, record } = await swap(key, asked)
      if (!frozen || record.claim === null) return { swapped, record }
      frozen = false
      return { swapped, record: { ...record, claim: { ...record.claim, remaining: 0 } } }
    }
    expect(await here.acquire(options({ expectation: names(0) }))).toEqual({ got: 'busy' })
    expect((await ledger.get(KEY)).claim).toBeNull()
    await clock.advance(1)
    expect((await here.acquire(options({ expectation: names(0) }))).got).toBe('claim')
  })

  it('is held a moment before, and renewed at once: its lease began when it was asked for', async () => {
    const { here, ledger, faults, clock, calm } = processes()
    faults.swap.push('told-late')
    const acquiring = here.acquire(options({ expectation: names(0), lease: 300 }))
    await clock.advance(299)
    calm()
    const claim = claimed(await acquiring)
    await settleMicrotasks()
    expect((await ledger.get(KEY)).claim).toMatchObject({ token: claim.token, beat: 1 })
    expect(claim.signal.aborted).toBe(false)
    expect((await claim.settle(WRITTEN)).settlement).toBe('settled')
  })

  it('is as old as its own swap, not as the wait before it', async () => {
    const { here, there, clock } = processes()
    const first = claimed(await there.acquire(options()))
    const acquiring = here.acquire(options({ lease: 300, wait: 2_000 }))
    for (let passed = 0; passed < 500; passed += 100) {
      await settleMicrotasks()
      await clock.advance(100)
    }
    await first.settle(WRITTEN)
    for (let passed = 0; passed < 200; passed += 100) {
      await settleMicrotasks()
      await clock.advance(100)
    }
    // the first claim of this one was held: each that is made raises the fence
    expect(claimed(await acquiring).record).toMatchObject({ count: 1, fence: 2 })
  })
})
