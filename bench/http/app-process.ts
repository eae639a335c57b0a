import { forked } from '../forked.js'
import type { AppName } from './apps.js'

/** An application that runs by itself, in a process of its own. */
export interface AppProcess {
  readonly origin: string
  /** µs of CPU that it has used since it began, user and system */
  cpu(): Promise<number>
  close(): Promise<void>
}

export async function appProcess(name: AppName): Promise<AppProcess> {
  const app = forked('http/server.ts', [name])
  const { port } = await app.answer<{ port: number }>()
  return {
    origin: `http://127.0.0.1:${port}`,
    async cpu() {
      app.child.send('cpu')
      return (await app.answer<{ cpu: number }>()).cpu
    },
    close: () => app.close(),
  }
}
