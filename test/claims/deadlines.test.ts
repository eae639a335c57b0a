import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { Deadlines } from '../../src/claims/deadlines.js'
import { fakeClock } from '../../src/testing/clock.js'

describe('deadlines', () => {
  it('are met in their time, whatever was dropped before them', async () => {
    const step = fc.record({ ms: fc.constantFrom(10, 50, 1_000), after: fc.nat(100), dropped: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const clock = fakeClock()
        const deadlines = new Deadlines(clock)
        const met: number[] = []
        const expected: number[] = []
        for (const { ms, after, dropped } of steps) {
          const at = clock.now() + ms
          const deadline = deadlines.set(ms, { due: () => met.push(clock.now()) })
          if (dropped) deadline.line.drop(deadline)
          else expected.push(at)
          await clock.advance(after)
        }
        await clock.advance(2_000)
        expect(met.sort((one, other) => one - other)).toEqual(expected.sort((one, other) => one - other))
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('of one length share a timer', () => {
    const clock = fakeClock()
    const deadlines = new Deadlines(clock)
    for (let write = 0; write < 100; write++) deadlines.set(10, { due: () => {} })
    expect(clock.pending).toBe(1)
  })

  it('that fail stop no other', async () => {
    const clock = fakeClock()
    const deadlines = new Deadlines(clock)
    const met: string[] = []
    deadlines.set(10, {
      due: () => {
        throw new Error('a mistake')
      },
    })
    deadlines.set(10, { due: () => met.push('second') })
    await expect(clock.advance(10)).rejects.toThrow('a mistake')
    await clock.advance(10)
    expect(met).toEqual(['second'])
  })
})
