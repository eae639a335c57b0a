import type { ServerResponse } from 'node:http'

export interface HandlerEnd {
  /** resolves with `running`, or once the handler waits for its own answer to leave */
  or(running: Promise<unknown>): Promise<unknown>
}

/**
 * A handler that waits for its own answer to leave, as `await pipeline(from, res)` and `await once(res, 'finish')`
 * do, cannot be waited for. From now on, when the answer has been given, whoever begins to listen for its end
 * waits for it; `awaited`: somebody has done so before.
 */
export function handlerEnd(res: ServerResponse, awaited: boolean): HandlerEnd {
  let stop = () => {}
  const waiting = new Promise<void>((resolve) => {
    const onListener = (event: string | symbol) => {
      if (event === 'finish' || event === 'close') resolve()
    }
    if (awaited) resolve()
    else {
      res.on('newListener', onListener)
      stop = () => {
        res.off('newListener', onListener)
      }
    }
  })
  return { or: (running) => Promise.race([running, waiting]).finally(stop) }
}
