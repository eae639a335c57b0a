import type { ServerResponse } from 'node:http'

/**
 * Resolves when the handler has come to its end, or waits for its own answer to leave, as `await pipeline(from, res)`
 * and `await once(res, 'finish')` do: then it cannot be waited for. `awaited`: it does so already.
 */
export function handlerEnd(res: ServerResponse, running: Promise<unknown>, awaited: boolean): Promise<void> {
  if (awaited) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      res.off('newListener', onListener)
      resolve()
    }
    const onListener = (event: string | symbol) => {
      if (event === 'finish' || event === 'close') done()
    }
    res.on('newListener', onListener)
    running.then(done, done)
  })
}
