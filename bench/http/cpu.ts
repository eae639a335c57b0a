import type { Side } from '../pairs.js'
import { takingTurns } from '../turns.js'
import { appProcess, type AppProcess } from './app-process.js'
import type { AppName } from './apps.js'
import { load, type Load, type Script } from './load.js'

/** One application under one load. */
export interface Measured {
  /** µs of CPU per request, over `count` requests */
  readonly cpu: Side
  /** requests per second, over as many */
  readonly rate: Side
  close(): Promise<void>
}

export interface Measuring {
  readonly connections: number
  readonly count: number
  readonly script: (connection: number) => Script
  /** requests before anything is measured: V8 compiles what is called often, and that is CPU as well */
  readonly warmUp?: number
  /** how often it is measured in a round; the baseline twice. No process is to have served more than another */
  readonly turns?: number
}

/**
 * How V8 keeps and compiles what it runs is settled anew in each process, and may differ by a tenth: a figure is of
 * several, which take turns.
 */
const PROCESSES = 5

export async function measured(
  name: AppName,
  { connections, count, script, warmUp = 0, turns: often = 1 }: Measuring,
): Promise<Measured> {
  const sides: { readonly app: AppProcess; readonly clients: Load }[] = []
  for (let index = 0; index < PROCESSES * often; index++) {
    const app = await appProcess('server.ts', [name])
    const clients = load(app.origin, connections, script)
    await clients.send(warmUp)
    sides.push({ app, clients })
  }
  const next = takingTurns(sides)
  return {
    async cpu() {
      const { app, clients } = next()
      const began = await app.cpu()
      await clients.send(count)
      return ((await app.cpu()) - began) / count
    },
    async rate() {
      return count / ((await next().clients.send(count)) / 1000)
    },
    async close() {
      for (const { app, clients } of sides) {
        clients.close()
        await app.close()
      }
    },
  }
}
