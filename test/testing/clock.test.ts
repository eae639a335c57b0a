import { describe, expect, it } from 'vitest'
import { fakeClock } from 'express-if-match/testing'

describe('fakeClock', () => {
  it('stands still', () => {
    const clock = fakeClock()
    expect(clock.now()).toBe(0)
    expect(new Date(clock.date()).toISOString()).toBe('2020-01-01T00:00:00.000Z')
  })

  it('moves both of its hands', async () => {
    const clock = fakeClock(1000)
    await clock.advance(250)
    expect([clock.now(), clock.date()]).toEqual([250, 1250])
  })

  it('moves at once where no timer is due', () => {
    const clock = fakeClock()
    void clock.advance(250)
    expect(clock.now()).toBe(250)
  })

  it('runs what is due in the order of its time, and of two at one time the first that was set', async () => {
    const clock = fakeClock()
    const ran: string[] = []
    const log = (name: string) => () => void ran.push(`${name} at ${clock.now()}`)
    clock.after(30, log('late'))
    clock.after(10, log('early'))
    clock.after(30, log('late too'))
    clock.after(31, log('not yet'))
    await clock.advance(30)
    expect(ran).toEqual(['early at 10', 'late at 30', 'late too at 30'])
    expect(clock.pending).toBe(1)
    expect(clock.now()).toBe(30)
  })

  it('runs the timers that a timer sets, also those it sets when a promise is done', async () => {
    const clock = fakeClock()
    const ran: number[] = []
    const renew = () => {
      ran.push(clock.now())
      void Promise.resolve()
        .then(() => undefined)
        .then(() => clock.after(10, renew))
    }
    clock.after(10, renew)
    await clock.advance(35)
    expect(ran).toEqual([10, 20, 30])
  })

  it('forgets what was cancelled, by another timer too', async () => {
    const clock = fakeClock()
    const ran: string[] = []
    const cancel = clock.after(20, () => void ran.push('cancelled'))
    clock.after(10, cancel)
    await clock.advance(100)
    expect(ran).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('can be wrong about the date, and never about how much time passed', async () => {
    const clock = fakeClock(0)
    clock.skew(-300_000)
    await clock.advance(5)
    expect([clock.now(), clock.date()]).toEqual([5, -299_995])
  })

  it('takes a time that is over for now, and goes on when a callback throws', async () => {
    const clock = fakeClock()
    await clock.advance(10)
    clock.after(-5, () => {
      throw new Error('a timer failed')
    })
    await expect(clock.advance(0)).rejects.toThrow('a timer failed')
    await clock.advance(5)
    expect([clock.now(), clock.pending]).toEqual([15, 0])
  })
})
