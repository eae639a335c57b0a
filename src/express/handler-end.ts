import type { ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.js'

/** How many listen at one moment. */
export interface Listeners {
  readonly finish: number
  readonly close: number
  readonly error: number
}

export function listenersOf(res: ServerResponse): Listeners {
  return {
    finish: res.listenerCount('finish'),
    close: res.listenerCount('close'),
    error: res.listenerCount('error'),
  }
}

/** How a handler has answered. */
export interface Answering {
  /** a callback of its own waits for the answer to have left */
  readonly awaited: boolean
  /** before the handler ran: whatever came with the application says nothing of this handler */
  readonly before: Listeners
  /** when it had given its answer */
  readonly then: Listeners
}

/**
 * A handler that waits for its own answer to leave, as `await pipeline(from, res)` and `await once(res, 'finish')`
 * do, cannot be waited for. Since the answer was given, whoever began to listen for its end waits for it; `awaited`:
 * somebody has done so before. Whoever began to listen before may wait for it (then there is a listener for its errors
 * too) or only log it: that is worth `ms` of waiting, and no certain outcome after them. True with `running`, or where
 * the handler waits for its own answer; false where neither is clear in time.
 */
export function handlerEnded(
  running: Promise<unknown>,
  res: ServerResponse,
  { awaited, before, then }: Answering,
  clock: Clock,
  ms: number,
): Promise<boolean> {
  const now = listenersOf(res)
  const began = now.finish > then.finish || now.close > then.close
  const unclear = then.finish > before.finish
  let stop = () => {}
  let cancel = () => {}
  const waiting = new Promise<boolean>((resolve) => {
    const onListener = (event: string | symbol) => {
      if (event === 'finish' || event === 'close') resolve(true)
    }
    if (awaited || began || (unclear && then.error > before.error)) {
      resolve(true)
      return
    }
    if (unclear) {
      cancel = clock.after(ms, () => {
        resolve(false)
      })
    }
    res.on('newListener', onListener)
    stop = () => {
      res.off('newListener', onListener)
    }
  })
  return Promise.race([running.then(() => true), waiting]).finally(() => {
    stop()
    cancel()
  })
}
