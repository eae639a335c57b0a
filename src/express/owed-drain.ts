import type { ServerResponse } from 'node:http'

export interface OwedDrain {
  /** tells everybody who waits that they may go on */
  pay(): void
  /** nothing is owed any more */
  settle(): void
}

/**
 * Whoever was told to wait by a held answer is owed a `drain`. `compression` keeps the listeners of `res` for its
 * own stream, which has never been full and so will not call them: those are noted on their way.
 */
export function owedDrain(res: ServerResponse): OwedDrain {
  const listeners: (() => void)[] = []
  const diverted = Object.hasOwn(res, 'on')
  const on = Reflect.get(res, 'on') as (event: string, listener: () => void) => ServerResponse
  const onNoted = function onNoted(this: ServerResponse, event: string, listener: () => void) {
    if (event === 'drain') listeners.push(listener)
    return on.call(this, event, listener)
  } as ServerResponse['on']
  if (diverted) res.on = onNoted

  const settle = () => {
    if (res.on === onNoted) res.on = on as ServerResponse['on']
  }
  return {
    settle,
    pay() {
      settle()
      process.nextTick(() => {
        const direct = res.rawListeners('drain')
        res.emit('drain')
        for (const listener of listeners) if (!direct.includes(listener)) listener.call(res)
      })
    },
  }
}
