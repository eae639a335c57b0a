import { describe, expect, it } from 'vitest'
import { claim, expire, settle } from '../../src/core/machine.js'
import { unseen } from '../../src/core/record.js'
import { memoryLedger } from '../../src/stores/memory.js'
import { hold, LEASE, swap, write } from './memory-ledger-support.js'

describe('eviction', () => {
  it('forgets the key that was not touched for longest; a read touches, and so does a lost swap', () => {
    const ledger = memoryLedger({ maxEntries: 3 })
    for (const key of ['a', 'b', 'c']) write(ledger, key)
    ledger.get('a')
    ledger.compareAndSwap('b', {
      from: { count: 99, token: null, beat: 0 },
      to: { count: 100, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false },
    })
    write(ledger, 'd')
    expect(ledger.getMany(['a', 'b', 'c', 'd']).map(({ existence }) => existence)).toEqual([
      'present',
      'present',
      'unknown',
      'present',
    ])
  })

  it('lets no version match again, be it of the forgotten key or of one that was never written', () => {
    const ledger = memoryLedger({ maxEntries: 1 })
    for (let round = 0; round < 5; round += 1) write(ledger, 'busy')
    const early = ledger.get('quiet')
    write(ledger, 'other')
    expect(ledger.get('busy')).toMatchObject({ count: 6, existence: 'unknown', settled: null })
    for (let count = 0; count <= 5; count += 1) {
      const stale = { ...unseen(count), fence: 0 }
      expect(swap(ledger, 'busy', stale, claim(stale, 'late', LEASE)).swapped).toBe(false)
    }
    expect(swap(ledger, 'quiet', early, claim(early, 'late', LEASE)).swapped).toBe(false)
  })

  it('writes a forgotten key above everything that it ever counted, and fences it higher', () => {
    const ledger = memoryLedger({ maxEntries: 1 })
    const first = write(ledger, 'a')
    write(ledger, 'b')
    const floor = ledger.get('a')
    expect(floor.count).toBeGreaterThan(first.count)
    const second = write(ledger, 'a')
    expect(second.count).toBeGreaterThan(floor.count)
    expect(second.fence).toBeGreaterThan(first.fence)
  })

  it('never forgets a claimed record, and throws when there is nothing else to forget', () => {
    const ledger = memoryLedger({ maxEntries: 2 })
    hold(ledger, 'a')
    hold(ledger, 'b')
    expect(() => hold(ledger, 'c')).toThrow(/all of its 2 entries are claimed.*Raise maxEntries/)
    expect(ledger.getMany(['a', 'b']).map(({ claim }) => claim?.token)).toEqual(['token of a', 'token of b'])
    expect(ledger.get('c')).toEqual(unseen())

    const held = ledger.get('a')
    swap(ledger, 'a', held, settle(held, 'token of a', { kind: 'unwritten' }).record)
    expect(hold(ledger, 'c').swapped).toBe(true)
    expect(ledger.get('a')).toMatchObject({ count: 1, claim: null })
    expect(ledger.get('b').claim?.token).toBe('token of b')
  })

  it('forgets elsewhere where all keys around the new one are claimed', () => {
    const maxEntries = 40_000
    const ledger = memoryLedger({ maxEntries })
    for (let index = 0; index < maxEntries; index += 1) hold(ledger, `articles/${index}`)
    expect(() => hold(ledger, 'one more')).toThrow(/claimed/)
    const held = ledger.get('articles/7')
    swap(ledger, 'articles/7', held, expire(held))
    // whichever part of the ledger each of these belongs to, the one free place is given up for the first
    expect(hold(ledger, 'one more').swapped).toBe(true)
    expect(() => hold(ledger, 'yet another')).toThrow(/claimed/)
    expect(ledger.get('articles/7').count).toBeGreaterThanOrEqual(0)
    expect(ledger.get('articles/7').claim).toBeNull()
  })

  it('spends its places on whatever keys come: maxEntries are kept, not one more', () => {
    const maxEntries = 40_000
    const ledger = memoryLedger({ maxEntries })
    const known = (upTo: number): number => {
      let count = 0
      for (let index = 0; index < upTo; index += 1)
        if (ledger.get(`articles/${index}`).existence === 'present') count += 1
      return count
    }
    for (let index = 0; index < maxEntries; index += 1) write(ledger, `articles/${index}`)
    expect(known(maxEntries)).toBe(maxEntries)
    for (let index = maxEntries; index < 2 * maxEntries; index += 1) write(ledger, `articles/${index}`)
    expect(known(2 * maxEntries)).toBe(maxEntries)
  })
})
