import fc from 'fast-check'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { turnsBy } from '../../src/express/turns.js'
import { waitingLines } from '../../src/express/waiting-line.js'

const SECOND = 1_000

/** A line on one key, and a clock that a test moves. */
function line() {
  const clock = fakeClock()
  const turns = turnsBy(clock, waitingLines(clock))
  /** so many losers at this moment; when their turns begin */
  const takeMany = (count: number, key = 'a') =>
    Array.from({ length: count }, () => clock.now() + (turns.take(key) ?? NaN))
  return { clock, turns, takeMany }
}

/** what lies between each and the one before */
const gaps = (times: readonly number[]) => times.slice(1).map((at, index) => at - times[index]!)

describe('turns', () => {
  it('the first that loses may come again at once, and each further one later by the same', () => {
    const { takeMany } = line()
    const times = takeMany(10)
    expect(times[0]).toBe(0)
    expect(new Set(gaps(times))).toEqual(new Set([5]))
  })

  it('each key has a line of its own', () => {
    const { turns, takeMany } = line()
    takeMany(10)
    expect(turns.take('b')).toBe(0)
  })

  it('a line that is through makes nobody wait', async () => {
    const { clock, turns, takeMany } = line()
    takeMany(10)
    await clock.advance(SECOND)
    expect(turns.take('a')).toBe(0)
  })

  it('grow as long as a client needs, where several of them come to nothing for each write', async () => {
    const { clock, turns, takeMany } = line()
    for (let writes = 0; writes < 200; writes++) {
      takeMany(2)
      await clock.advance(40)
      turns.committed('a')
    }
    await clock.advance(5 * SECOND)
    const [, spacing] = takeMany(2).map((at) => at - clock.now())
    expect(spacing).toBeGreaterThan(25)
    expect(spacing).toBeLessThan(40)
  })

  it('shrink where each is met, until something would collide', async () => {
    const { clock, turns, takeMany } = line()
    for (let bursts = 0; bursts < 10; bursts++) {
      takeMany(1)
      const times = takeMany(20)
      for (const gap of gaps(times)) {
        await clock.advance(gap)
        turns.committed('a')
      }
      await clock.advance(SECOND)
    }
    const [first, second] = takeMany(2)
    expect(second! - first!).toBeLessThan(1.5)
  })

  it('do not grow because of turns that every third one leaves unused', async () => {
    const { clock, turns, takeMany } = line()
    for (let bursts = 0; bursts < 20; bursts++) {
      const times = takeMany(30)
      for (const [index, gap] of gaps(times).entries()) {
        await clock.advance(gap)
        if (index % 3 > 0) turns.committed('a')
      }
      await clock.advance(SECOND)
    }
    const [first, second] = takeMany(2)
    expect(second! - first!).toBeLessThanOrEqual(5)
  })

  it('what one line has learned is where the next begins', async () => {
    const { clock, turns, takeMany } = line()
    for (let writes = 0; writes < 100; writes++) {
      takeMany(2)
      await clock.advance(100)
      turns.committed('a')
    }
    expect(gaps(takeMany(2, 'b'))[0]).toBeGreaterThan(50)
  })

  it('learn nothing from writes without a line, nor from the pause after one', async () => {
    const { clock, turns, takeMany } = line()
    for (let writes = 0; writes < 100; writes++) {
      await clock.advance(100)
      turns.committed('a')
    }
    takeMany(1)
    for (let writes = 0; writes < 100; writes++) {
      await clock.advance(50)
      turns.committed('a')
    }
    expect(gaps(takeMany(2))).toEqual([5])
  })

  it('learn nothing from conflicts with a single rival, nor from a line that was long ago', async () => {
    const { clock, turns, takeMany } = line()
    for (let writes = 0; writes < 100; writes++) {
      takeMany(1)
      await clock.advance(300)
      turns.committed('a')
    }
    for (let writes = 0; writes < 100; writes++) {
      takeMany(2)
      await clock.advance(3 * SECOND)
      turns.committed('a')
    }
    expect(gaps(takeMany(2))).toEqual([5])
  })

  it('are told to nobody where the line is two seconds long, and again once it is shorter', async () => {
    const { clock, turns, takeMany } = line()
    const told = takeMany(1000).filter((at) => !Number.isNaN(at))
    expect(Math.max(...told)).toBeLessThanOrEqual(2 * SECOND)
    expect(turns.take('a')).toBeUndefined()
    await clock.advance(SECOND)
    expect(turns.take('a')).toBeGreaterThan(990)
  })

  it('are forgotten', async () => {
    const { clock, turns, takeMany } = line()
    takeMany(3, 'a')
    takeMany(3, 'b')
    expect(turns.size()).toBe(2)
    await clock.advance(11 * SECOND)
    turns.take('c')
    expect(turns.size()).toBe(1)
  })

  it('take no more room however many keys somebody makes up, and a hot key keeps its line', () => {
    const { turns, takeMany } = line()
    for (let keys = 0; keys < 20_000; keys++) {
      turns.take(`made-up/${keys}`)
      if (keys % 500 === 0) turns.take('hot')
    }
    expect(turns.size()).toBeLessThanOrEqual(1_000)
    expect(takeMany(1, 'hot')[0]).toBe(200)
  })

  it('on one key each begins after the one before, and none is further than two seconds away', async () => {
    const step = fc.oneof(
      fc.record({ did: fc.constant('took' as const), key: fc.constantFrom('a', 'b') }),
      fc.record({ did: fc.constant('wrote' as const), key: fc.constantFrom('a', 'b') }),
      fc.record({ did: fc.constant('waited' as const), ms: fc.integer({ min: 0, max: 3_000 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
        const { clock, turns } = line()
        const last = new Map<string, number>()
        for (const one of steps) {
          if (one.did === 'waited') await clock.advance(one.ms)
          else if (one.did === 'wrote') turns.committed(one.key)
          else {
            const ms = turns.take(one.key)
            if (ms === undefined) continue
            expect(ms).toBeGreaterThanOrEqual(0)
            expect(ms).toBeLessThanOrEqual(2 * SECOND)
            // forgotten ones are long over
            expect(clock.now() + ms).toBeGreaterThan(last.get(one.key) ?? -1)
            last.set(one.key, clock.now() + ms)
          }
        }
      }),
    )
  })
})
