import type { ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.js'
import type { MaybePromise } from '../core/ledger.js'

/**
 * Where losers wait whose clients asked to: the answer to a refused write is kept back until it is the turn of its
 * client, so that one after the other reads, or is shown, what the one before it wrote. Who is let go has no claim on
 * the key; it only has nobody of the same line beside it.
 */
export interface WaitingLines {
  /**
   * true once it is the turn, at once where nobody waits; false after `ms` without, or once the client has gone.
   * Undefined where the line is too long already
   */
  enter(key: string, ms: number, res: Answer): MaybePromise<boolean> | undefined
  /** a write on the key was made: the next is let go */
  committed(key: string): void
  /** how many wait for a key */
  waiting(key: string): number
}

type Answer = Pick<ServerResponse, 'destroyed' | 'once' | 'off'>

interface Line {
  /** what lets them go, in the order in which they came */
  readonly waiting: Set<() => void>
  /** ms that the one who was let go last has for its write, from when on, and what ends that */
  time: number
  since: number
  cancel: () => void
}

/** ms that one who was let go has for its write, until more is known */
const FIRST_TIME = 50
const LEAST_TIME = 20
const LONGEST_TIME = 250
/** so many times what the last one took: who is a little slower is no reason to let two go at once */
const SLACK = 4
/** in one line; whoever comes after them is told a turn at once */
const MOST_WAITING = 200

export function waitingLines(clock: Clock): WaitingLines {
  const lines = new Map<string, Line>()
  /** the next key's clients are mostly as far away as those of the last */
  let usual = FIRST_TIME

  const begin = (key: string, line: Line): void => {
    line.since = clock.now()
    line.cancel = clock.after(line.time, () => {
      // it did not write: whoever is next gets longer
      line.time = Math.min(line.time * 2, LONGEST_TIME)
      next(key, line)
    })
  }

  const next = (key: string, line: Line): void => {
    const [go] = line.waiting
    if (go === undefined) {
      lines.delete(key)
      return
    }
    begin(key, line)
    go()
  }

  return {
    enter(key, ms, res) {
      const line = lines.get(key)
      if (line === undefined) {
        if (res.destroyed) return false
        const free: Line = { waiting: new Set(), time: usual, since: 0, cancel: () => {} }
        lines.set(key, free)
        begin(key, free)
        return true
      }
      return line.waiting.size >= MOST_WAITING ? undefined : wait(clock, line, ms, res)
    },
    committed(key) {
      const line = lines.get(key)
      if (line === undefined) return
      line.cancel()
      usual = line.time = Math.min(Math.max((clock.now() - line.since) * SLACK, LEAST_TIME), LONGEST_TIME)
      next(key, line)
    },
    waiting: (key) => lines.get(key)?.waiting.size ?? 0,
  }
}

function wait(clock: Clock, { waiting }: Line, ms: number, res: Answer): MaybePromise<boolean> {
  if (res.destroyed) return false
  return new Promise((resolve) => {
    const leave = (come: boolean) => {
      waiting.delete(go)
      cancel()
      res.off('close', giveUp)
      resolve(come)
    }
    const go = () => {
      leave(true)
    }
    const giveUp = () => {
      leave(false)
    }
    const cancel = clock.after(ms, giveUp)
    res.once('close', giveUp)
    waiting.add(go)
  })
}
