import type { Side } from '../pairs.js'
import { appProcess } from './app-process.js'
import type { AppName } from './apps.js'
import { load, type Script } from './load.js'

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
}

export async function measured(
  name: AppName,
  { connections, count, script, warmUp = 0 }: Measuring,
): Promise<Measured> {
  const app = await appProcess(name)
  const clients = load(app.origin, connections, script)
  await clients.send(warmUp)
  return {
    async cpu() {
      const began = await app.cpu()
      await clients.send(count)
      return ((await app.cpu()) - began) / count
    },
    async rate() {
      return count / ((await clients.send(count)) / 1000)
    },
    async close() {
      clients.close()
      await app.close()
    },
  }
}
