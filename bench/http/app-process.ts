import { startChild } from '../child.js'
import type { AppName } from './apps.js'

/** An application that runs by itself, in a process of its own. */
export interface AppProcess {
  readonly origin: string
  /** µs of CPU that it has used since it began, user and system */
  cpu(): Promise<number>
  close(): Promise<void>
}

export async function appProcess(name: AppName): Promise<AppProcess> {
  const app = startChild('http/server.ts', [name])
  const { port } = await app.said<{ port: number }>()
  return {
    origin: `http://127.0.0.1:${port}`,
    async cpu() {
      return (await app.ask<{ cpu: number }>('cpu')).cpu
    },
    close: () => app.close(),
  }
}
