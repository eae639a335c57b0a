import type { Clock } from '../core/clock.js'

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /** lets `ms` pass, and runs what became due, in order, each at its own moment */
  advance(ms: number): void
}

/** `date`: ms since the epoch at its beginning; `now()` begins at 0. */
export function fakeClock(date = Date.UTC(2026, 0, 1)): FakeClock {
  let now = 0
  const due = new Set<{ readonly at: number; readonly run: () => void }>()

  return {
    now: () => now,
    date: () => date + now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      due.add(timer)
      return () => {
        due.delete(timer)
      }
    },
    advance(ms) {
      const end = now + ms
      for (;;) {
        const next = [...due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        due.delete(next)
        now = Math.max(now, next.at)
        next.run()
      }
      now = end
    },
  }
}
