import type { Clock } from '../core/clock.js'

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Lets `ms` pass: runs the timers that fall due, in the order of their time, each at its time, with those that
   * they set within it. After each one, promises that it settled are followed before the next runs.
   */
  advance(ms: number): Promise<void>
  /** puts the wall clock `ms` off, as a wrong server has it; leases and waits do not notice */
  skew(ms: number): void
  /** how many timers are set */
  readonly pending: number
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** `date`: ms since the epoch at the start; 2020-01-01 UTC by default. */
export function fakeClock(date: number = Date.UTC(2020, 0, 1)): FakeClock {
  const timers = new Set<Timer>()
  let now = 0
  let offset = date

  /** The earliest; of two at one time, the one that was set first. */
  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers)
      if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer
    return first
  }

  return {
    now: () => now,
    date: () => now + offset,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async advance(ms) {
      const until = now + ms
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.run()
        await new Promise(setImmediate)
      }
      now = Math.max(now, until)
    },
    skew(ms) {
      offset += ms
    },
    get pending() {
      return timers.size
    },
  }
}
