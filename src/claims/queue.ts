import type { Clock } from '../core/clock.js'

export type Turn = 'granted' | 'timeout' | 'aborted'

interface Waiter {
  readonly grant: () => void
}

/** Who waits for a key, and may go away meanwhile. */
export interface Client {
  /** aborts when it goes */
  gone(): AbortSignal
}

/** First come, first served, within one process: who waits for a key here asks the store nothing. */
export interface KeyQueue {
  /** waits for the turn at most `ms`; `leave` must follow every `granted`. `client`: asked for only by who waits */
  enter(key: string, ms: number, client: Client | undefined): Turn | Promise<Turn>
  leave(key: string): void
}

/** who holds a key that nobody waits for */
const NOBODY: ReadonlySet<Waiter> = new Set<Waiter>()

export function keyQueue(clock: Clock): KeyQueue {
  // never empty: V8 makes the table of a map anew when its last entry is deleted
  const lines = new Map<string | symbol, ReadonlySet<Waiter> | Set<Waiter>>([[Symbol('no key'), NOBODY]])

  return {
    enter(key, ms, client) {
      const line = lines.get(key)
      if (line === undefined) {
        lines.set(key, NOBODY)
        return 'granted'
      }
      const waiting = line === NOBODY ? new Set<Waiter>() : (line as Set<Waiter>)
      if (line === NOBODY) lines.set(key, waiting)
      return waitInLine(clock, waiting, ms, client?.gone())
    },
    leave(key) {
      const line = lines.get(key)
      const next = line === undefined || line === NOBODY ? undefined : line.values().next().value
      if (next === undefined) {
        lines.delete(key)
        return
      }
      ;(line as Set<Waiter>).delete(next)
      next.grant()
    },
  }
}
function waitInLine(
  clock: Clock,
  line: Set<Waiter>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<Turn> {
  return new Promise((resolve) => {
    const finish = (turn: Turn) => {
      line.delete(waiter)
      cancel()
      signal?.removeEventListener('abort', onAbort)
      resolve(turn)
    }
    const onAbort = () => {
      finish('aborted')
    }
    const waiter: Waiter = {
      grant: () => {
        finish('granted')
      },
    }
    const cancel = clock.after(ms, () => {
      finish('timeout')
    })
    line.add(waiter)
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}
