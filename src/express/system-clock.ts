import type { Clock } from '../core/clock.js'

/** The system's time. Its timers keep no process alive: a lease that nobody renews is what they are for. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => {
      clearTimeout(timer)
    }
  },
}
