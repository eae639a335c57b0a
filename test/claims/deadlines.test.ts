import { describe, expect, it, vi } from 'vitest'
import fc from 'fast-check'
import { Deadlines, type Deadline } from '../../src/claims/deadlines.js'
import { fakeClock } from '../../src/testing/clock.js'

/** timers are set once whoever set the deadline has run to his end */
const begun = Promise.resolve()

describe('deadlines', () => {
  it('are met in their time, whatever was dropped before them', async () => {
    const step = fc.record({
      ms: fc.constantFrom(10, 50, 1_000),
      after: fc.nat(20),
      drops: fc.option(fc.nat(), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const clock = fakeClock()
        const deadlines = new Deadlines(clock)
        const met: number[] = []
        const expected: number[] = []
        let open: { readonly at: number; readonly deadline: Deadline }[] = []
        for (const { ms, after, drops } of steps) {
          const deadline = deadlines.set(ms, { due: () => met.push(clock.now()) })
          open.push({ at: clock.now() + ms, deadline })
          const [dropped] = drops === undefined ? [] : open.splice(drops % open.length, 1)
          dropped?.deadline.line.drop(dropped.deadline)
          await begun
          await clock.advance(after)
          expected.push(...open.filter(({ at }) => at <= clock.now()).map(({ at }) => at))
          open = open.filter(({ at }) => at > clock.now())
        }
        await clock.advance(2_000)
        expected.push(...open.map(({ at }) => at))
        const ordered = (times: number[]) => times.sort((one, other) => one - other)
        expect(ordered(met)).toEqual(ordered(expected))
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  it('that are dropped at once set no timer', async () => {
    const clock = fakeClock()
    const after = vi.spyOn(clock, 'after')
    const deadlines = new Deadlines(clock)
    const deadline = deadlines.set(10, { due: () => {} })
    deadline.line.drop(deadline)
    await begun
    expect(after).not.toHaveBeenCalled()
  })

  it('of one length share a timer', async () => {
    const clock = fakeClock()
    const deadlines = new Deadlines(clock)
    for (let write = 0; write < 100; write++) deadlines.set(10, { due: () => {} })
    await begun
    expect(clock.pending).toBe(1)
  })

  it('are met when their timer comes, though another clock says that it is not yet time', async () => {
    const clock = fakeClock()
    const deadlines = new Deadlines({ ...clock, now: () => 0 })
    const due = vi.fn()
    deadlines.setWaiting(10, { due })
    await clock.advance(10)
    expect(due).toHaveBeenCalledOnce()
    expect(clock.pending).toBe(0)
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
    await begun
    await expect(clock.advance(10)).rejects.toThrow('a mistake')
    await clock.advance(10)
    expect(met).toEqual(['second'])
  })
})
