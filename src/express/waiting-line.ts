import type { Clock } from '../core/clock.js'
import type { MaybePromise } from '../core/ledger.js'

/**
 * Where losers wait whose clients asked to: the answer to a refused write is kept back until it is the turn of its
 * client, so that one after the other reads, or is shown, what the one before it wrote. Who is let go has no claim on
 * the key; it only has nobody of the same line beside it.
 */
export interface WaitingLines {
  /** true once it is the turn, at once where nobody waits; false after `ms` without. Who is gone is passed over */
  enter(key: string, ms: number, isGone: () => boolean): MaybePromise<boolean>
  /** somebody's write on the key was made: the next is let go */
  committed(key: string): void
  /** how many wait for a key */
  waiting(key: string): number
}

interface Line {
  /** in the order in which they came */
  readonly waiting: Set<Waiter>
  /** when the last one was let go, and the end of the time that it has */
  since: number
  cancel: () => void
}

interface Waiter {
  readonly isGone: () => boolean
  readonly go: () => void
}

/** ms that one who was let go has for its write, until more is known */
const FIRST_TIME = 50
const LEAST_TIME = 20
const LONGEST_TIME = 500
/** so many times what the last one took: who is a little slower is no reason to let two go at once */
const SLACK = 4

export function waitingLines(clock: Clock): WaitingLines {
  const lines = new Map<string, Line>()
  /** the next key's clients are mostly as far away as those of the last */
  let time = FIRST_TIME

  /** whoever is let go has `time` for its write; then it is the next one's turn, and that has longer */
  const begin = (key: string, line: Line): void => {
    line.since = clock.now()
    line.cancel = clock.after(time, () => {
      time = Math.min(time * 2, LONGEST_TIME)
      next(key, line)
    })
  }

  const next = (key: string, line: Line): void => {
    for (const waiter of line.waiting) {
      line.waiting.delete(waiter)
      waiter.go()
      if (waiter.isGone()) continue
      begin(key, line)
      return
    }
    lines.delete(key)
  }

  return {
    enter(key, ms, isGone) {
      const line = lines.get(key)
      if (line === undefined) {
        const free: Line = { waiting: new Set(), since: 0, cancel: () => {} }
        lines.set(key, free)
        begin(key, free)
        return true
      }
      return new Promise((resolve) => {
        const waiter: Waiter = {
          isGone,
          go: () => {
            cancel()
            resolve(true)
          },
        }
        const cancel = clock.after(ms, () => {
          line.waiting.delete(waiter)
          resolve(false)
        })
        line.waiting.add(waiter)
      })
    },
    committed(key) {
      const line = lines.get(key)
      if (line === undefined) return
      line.cancel()
      time = Math.min(Math.max((clock.now() - line.since) * SLACK, LEAST_TIME), LONGEST_TIME)
      next(key, line)
    },
    waiting: (key) => lines.get(key)?.waiting.size ?? 0,
  }
}
