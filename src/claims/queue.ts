import type { Clock } from '../core/clock.js'

export type Turn = 'granted' | 'timeout' | 'aborted'

interface Waiter {
  readonly grant: () => void
}

/** First come, first served, within one process: who waits for a key here asks the store nothing. */
export interface KeyQueue {
  /** waits for the turn at most `ms`; `leave` must follow every `granted` */
  enter(key: string, ms: number, signal: AbortSignal | undefined): Turn | Promise<Turn>
  leave(key: string): void
}

export function keyQueue(clock: Clock): KeyQueue {
  const lines = new Map<string, Set<Waiter>>()

  return {
    enter(key, ms, signal) {
      const line = lines.get(key)
      if (line === undefined) {
        lines.set(key, new Set())
        return 'granted'
      }
      return waitInLine(clock, line, ms, signal)
    },
    leave(key) {
      const line = lines.get(key)
      const next = line?.values().next().value
      if (next === undefined) {
        lines.delete(key)
        return
      }
      line?.delete(next)
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
