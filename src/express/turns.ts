import type { Clock } from '../core/clock.js'

/**
 * Who lost on a key is told when to come again, each at another time, so that they come one after the other instead
 * of all at once. Nothing is held for them: a turn that nobody comes for costs its own length, and who comes without
 * one is judged like everybody. Each process tells turns of its own.
 */
export interface Turns {
  /** takes the next turn on a key; the ms until it begins. Undefined where the line is too long already */
  take(key: string): number | undefined
  /** somebody's write on the key was made */
  committed(key: string): void
  /** how many keys have a line, or had one a moment ago */
  readonly size: number
}

interface Line {
  /** when the turn begins that was told last */
  last: number
  /** ms between two turns */
  spacing: number
  /** when a write was made the last time */
  committed: number
  /** when somebody lost here the last time */
  joined: number
}

/** ms: what a line begins with in a process that has not seen one yet */
const FIRST_SPACING = 5
const LEAST_SPACING = 1
const LONGEST_SPACING = 1_000
/**
 * The spacing goes to so much of the time between two writes that were made. Where turns are met that time is the
 * spacing itself, so that it shrinks until some collide; where they collide it is longer, and cannot be shorter than
 * what a client needs from its read to its write. A step up or down, and not the mean, so that turns for which nobody
 * came, and which double that time here and there, do not count for more than they are.
 */
const SHARE = 0.8
const LONGER = 1.08
const SHORTER = 0.9
/** ms: nobody is told to wait for longer; who comes when the line is as long waits as he likes */
const LONGEST_WAIT = 2_000
/** ms after which a line that nobody joined is over */
const FORGOTTEN = 10_000
/** lines that are kept; of more, those that were joined last */
const MOST_LINES = 1_000

export function turnsBy(clock: Clock): Turns {
  /** in the order in which they were joined last */
  const lines = new Map<string, Line>()
  /** what the last line has learned; the next key's clients and handlers are mostly like those of the last */
  let usual = FIRST_SPACING

  const forget = (now: number) => {
    for (const [key, { joined }] of lines) {
      if (lines.size <= MOST_LINES && now - joined <= FORGOTTEN) return
      lines.delete(key)
    }
  }

  const lineOf = (key: string, now: number): Line => {
    const known = lines.get(key)
    if (known !== undefined) lines.delete(key)
    const line = known ?? { last: -Infinity, spacing: usual, committed: Infinity, joined: now }
    line.joined = now
    lines.set(key, line)
    return line
  }

  return {
    take(key) {
      const now = clock.now()
      const line = lineOf(key, now)
      forget(now)
      const turn = Math.max(now, line.last + line.spacing)
      if (turn - now > LONGEST_WAIT) return undefined
      line.last = turn
      return turn - now
    },
    committed(key) {
      if (lines.size === 0) return
      const line = lines.get(key)
      if (line === undefined) return
      const now = clock.now()
      // there was somebody in the line all the while
      if (line.committed <= line.last) {
        const step = (now - line.committed) * SHARE > line.spacing ? LONGER : SHORTER
        usual = line.spacing = Math.min(Math.max(line.spacing * step, LEAST_SPACING), LONGEST_SPACING)
      }
      line.committed = now
    },
    get size() {
      return lines.size
    },
  }
}
