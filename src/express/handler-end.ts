import type { ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.js'

/** How many listened before the handler ran: whatever came with the application says nothing of this handler. */
export interface Listeners {
  readonly finish: number
  readonly error: number
}

export function listenersOf(res: ServerResponse): Listeners {
  return { finish: res.listenerCount('finish'), error: res.listenerCount('error') }
}

export interface HandlerEnd {
  /** true with `running`, or once the handler waits for its own answer to leave; false where neither is clear in time */
  or(running: Promise<unknown>): Promise<boolean>
  /** nobody asks */
  forget(): void
}

/**
 * A handler that waits for its own answer to leave, as `await pipeline(from, res)` and `await once(res, 'finish')`
 * do, cannot be waited for. From now on, when the answer has been given, whoever begins to listen for its end
 * waits for it; `awaited`: somebody has done so before. Whoever began to listen before may wait for it (then there is
 * a listener for its errors too) or only log it: that is worth `ms` of waiting, and no certain outcome after them.
 */
export function handlerEnd(
  res: ServerResponse,
  awaited: boolean,
  before: Listeners,
  clock: Clock,
  ms: number,
): HandlerEnd {
  const now = listenersOf(res)
  const unclear = now.finish > before.finish
  let stop = () => {}
  let cancel = () => {}
  const waiting = new Promise<boolean>((resolve) => {
    const onListener = (event: string | symbol) => {
      if (event === 'finish' || event === 'close') resolve(true)
    }
    if (awaited || (unclear && now.error > before.error)) {
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
  const forget = () => {
    stop()
    cancel()
  }
  return {
    forget,
    or: (running) => Promise.race([running.then(() => true), waiting]).finally(forget),
  }
}
