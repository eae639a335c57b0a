import type { Clock } from '../core/clock.js'

/** Between half and the whole of `ms`, so that the waiters of several processes do not look in step. */
export function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = clock.after(ms * (0.5 + Math.random() / 2), finish)
    signal?.addEventListener('abort', finish, { once: true })
  })
}
