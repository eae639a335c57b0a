import type { Clock } from '../core/clock.js'
import type { WaitingLines } from './waiting-line.js'

/**
 * Who lost on a key is told when to come again, each at another time, so that they come one after the other instead
 * of all at once. Nothing is held for them: a turn that nobody comes for costs its own length, and who comes without
 * one is judged like everybody. Each process tells turns of its own.
 */
export interface Turns {
  /** takes the next turn on a key; the ms until it begins. Undefined where the line is too long already */
  take(key: string): number | undefined
  /** somebody's write on the key was made: who waits in line for it is let go */
  committed(key: string): void
  /** how many keys have a line, or had one a moment ago */
  size(): number
}

interface Line {
  /** when the turn begins that was told last */
  last: number
  /** ms between two turns */
  spacing: number
  /** when a write was made the last time, and whether somebody has lost since while others were in line */
  committed: number
  lost: boolean
  /** when somebody lost here the last time */
  joined: number
}

/** ms: what a line begins with in a process that has not seen one yet */
const FIRST_SPACING = 5
const LEAST_SPACING = 1
/** leaves room for ten in a line: a server that has stood still for a moment must not keep all but two out of it */
const LONGEST_SPACING = 200
/**
 * The spacing goes to so much of the time between two writes that were made. Where turns are met that time is the
 * spacing itself, so that it shrinks until some collide; where they collide it is longer, and cannot be shorter than
 * what a client needs from its read to its write. A step up or down, and not the mean, so that turns for which nobody
 * came, and which double that time here and there, count for little.
 */
const SHARE = 0.8
const LONGER = 1.08
const SHORTER = 0.9
/** of a time that is so many times the spacing: then too much is going on at once, which makes each try slower still */
const FAR = 8
const MUCH_LONGER = 1.5
/** ms: nobody is told to wait for longer; who comes when the line is as long waits as he likes */
const LONGEST_WAIT = 2_000
/** ms after which a line that nobody joined is over */
const FORGOTTEN = 10_000
/** lines that are kept; of more, those that were joined last */
const MOST_LINES = 1_000

export function turnsBy(clock: Clock, held: Pick<WaitingLines, 'waiting' | 'committed'>): Turns {
  /** in the order in which they were joined last */
  const lines = new Map<string, Line>()
  /** what the last line has learned; the next key's clients and handlers are mostly like those of the last */
  let usual = FIRST_SPACING

  const isOver = ({ joined }: Line, now: number) => now - joined > FORGOTTEN

  const forget = (now: number) => {
    for (const [key, line] of lines) {
      if (lines.size < MOST_LINES && !isOver(line, now)) return
      lines.delete(key)
    }
  }

  const join = (key: string, now: number): Line => {
    const known = lines.get(key)
    lines.delete(key)
    forget(now)
    const line =
      known === undefined || isOver(known, now)
        ? { last: -Infinity, spacing: usual, committed: -Infinity, lost: false, joined: now }
        : known
    line.joined = now
    lines.set(key, line)
    return line
  }

  return {
    take(key) {
      const now = clock.now()
      const line = join(key, now)
      const turn = Math.max(now + held.waiting(key) * line.spacing, line.last + line.spacing)
      if (turn - now > LONGEST_WAIT) return undefined
      if (turn > now) line.lost = true
      line.last = turn
      return turn - now
    },
    committed(key) {
      held.committed(key)
      if (lines.size === 0) return
      const line = lines.get(key)
      if (line === undefined) return
      const now = clock.now()
      const between = now - line.committed
      // no turn is as far away: there was a pause
      if (between <= LONGEST_WAIT) {
        const spacing = line.spacing * stepOf((between * SHARE) / line.spacing, line.lost)
        usual = line.spacing = Math.min(Math.max(spacing, LEAST_SPACING), LONGEST_SPACING)
      }
      line.committed = now
      line.lost = false
    },
    size() {
      return lines.size
    },
  }
}

function stepOf(ratio: number, lost: boolean): number {
  if (ratio <= 1) return SHORTER
  // nobody came for a turn
  if (!lost) return 1
  return ratio < FAR ? LONGER : MUCH_LONGER
}
