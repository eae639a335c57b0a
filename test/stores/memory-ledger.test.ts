import { describe, expect, it } from 'vitest'
import { claim, expire, move, renew } from '../../src/core/machine.js'
import { unseen } from '../../src/core/record.js'
import { memoryLedger } from '../../src/stores/memory.js'
import { hold, LEASE, swap, write } from './memory-ledger-support.js'

describe('records', () => {
  it('knows nothing of a key that was never written, and does not begin to by reading it', () => {
    const ledger = memoryLedger({ maxEntries: 1 })
    write(ledger, 'kept')
    expect(ledger.get('a')).toEqual(unseen())
    expect(ledger.getMany(['b', 'c'])).toEqual([unseen(), unseen()])
    expect(ledger.get('kept').existence).toBe('present')
  })

  it('answers at once: a record and no promise', () => {
    expect(memoryLedger().get('a')).not.toHaveProperty('then')
  })

  it('takes one of two claims on the same state, and shows the loser the record of the winner', () => {
    const ledger = memoryLedger()
    const start = ledger.get('a')
    const won = swap(ledger, 'a', start, claim(start, 'first', LEASE))
    const lost = swap(ledger, 'a', start, claim(start, 'second', LEASE))
    expect(won.swapped).toBe(true)
    expect(lost.swapped).toBe(false)
    expect(lost.record).toMatchObject({ count: 0, fence: 1, claim: { token: 'first', beat: 0 } })
  })

  it.each([
    ['count', { count: 1, token: 'first', beat: 0 }],
    ['token', { count: 0, token: 'second', beat: 0 }],
    ['absence of a token', { count: 0, token: null, beat: 0 }],
    ['beat', { count: 0, token: 'first', beat: 1 }],
  ])('compares the %s, and writes nothing where it differs', (_, from) => {
    const ledger = memoryLedger({ clock: { now: () => 0 } })
    const { record } = hold(ledger, 'a', 'first')
    const to = { count: 9, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: true }
    expect(ledger.compareAndSwap('a', { from, to })).toEqual({ swapped: false, record })
    expect(ledger.get('a')).toEqual(record)
  })

  it('does not insert a key that does not stand where the swap expects it', () => {
    const ledger = memoryLedger()
    const to = { count: 8, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false }
    const from = { count: 7, token: null, beat: 0 }
    expect(ledger.compareAndSwap('a', { from, to })).toEqual({ swapped: false, record: unseen() })
  })

  it('settles: the count moves on, the claim ends, the token is remembered', () => {
    expect(write(memoryLedger(), 'a')).toEqual({
      count: 1,
      existence: 'present',
      fence: 1,
      claim: null,
      settled: expect.stringMatching(/^write [0-9]+ of a$/),
    })
  })

  it('keeps existence and settled token where a swap leaves them out, and forgets the token when told to', () => {
    const ledger = memoryLedger()
    const settled = write(ledger, 'a', 'deleted')
    expect(hold(ledger, 'a').record).toMatchObject({
      existence: 'deleted',
      settled: settled.settled,
      fence: 2,
    })
    const held = ledger.get('a')
    expect(swap(ledger, 'a', held, expire(held)).record).toEqual({
      count: 2,
      existence: 'unknown',
      fence: 2,
      claim: null,
      settled: null,
    })
  })

  it('takes every text as a key, also those that differ in a lone surrogate or in members of Object', () => {
    const ledger = memoryLedger()
    const keys = ['', '__proto__', 'constructor', 'ключ/1', '\ud800', '\ud801', '\udc00', 'a'.repeat(70_000)]
    keys.forEach((key) => write(ledger, key))
    keys.forEach((key) => expect(ledger.get(key).count).toBe(1))
    expect(ledger.get('ключ/2').count).toBe(0)
  })

  it('remembers a token that was settled a moment ago, among many that are forgotten', () => {
    const ledger = memoryLedger()
    for (let index = 0; index < 40_000; index += 1) write(ledger, `articles/${index}`)
    expect(ledger.get('articles/39999').settled).toMatch(/of articles\/39999$/)
    expect(ledger.get('articles/0')).toMatchObject({ count: 1, existence: 'present', settled: null })
  })
})

describe('the remaining life of a claim', () => {
  it('runs from the claim, anew from a renewal, and not from a move beside it', () => {
    let now = 1000
    const ledger = memoryLedger({ clock: { now: () => now } })
    expect(hold(ledger, 'a').record.claim?.remaining).toBe(LEASE)
    now += 10_000
    const held = ledger.get('a')
    expect(held.claim?.remaining).toBe(20_000)
    expect(ledger.getMany(['a'])[0]?.claim?.remaining).toBe(20_000)
    const moved = swap(ledger, 'a', held, move(held)).record
    expect(moved.claim).toMatchObject({ remaining: 20_000, doubtful: true })
    now += 5000
    expect(swap(ledger, 'a', held, held).record.claim?.remaining).toBe(15_000)
    expect(swap(ledger, 'a', moved, renew(moved, 'token of a')).record.claim?.remaining).toBe(LEASE)
    now += LEASE + 1
    expect(ledger.get('a').claim?.remaining).toBe(0)
  })

  it('is measured by a clock that runs, where none is given', () => {
    const ledger = memoryLedger()
    expect(hold(ledger, 'a').record.claim?.remaining).toBe(LEASE)
    const remaining = ledger.get('a').claim?.remaining
    expect(remaining).toBeLessThanOrEqual(LEASE)
    expect(remaining).toBeGreaterThan(0)
  })
})
