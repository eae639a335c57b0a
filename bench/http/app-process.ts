import { startChild } from '../child.js'

/** An application that runs by itself, in a process of its own. */
export interface AppProcess {
  readonly origin: string
  /** µs of CPU that it has used since it began, user and system */
  cpu(): Promise<number>
  close(): Promise<void>
}

/** `file`: its program in this folder */
export async function appProcess(file: string, args: readonly string[]): Promise<AppProcess> {
  const app = startChild(`http/${file}`, args)
  const { port } = await app.said<{ port: number }>()
  return {
    origin: `http://127.0.0.1:${port}`,
    async cpu() {
      return (await app.ask<{ cpu: number }>('cpu')).cpu
    },
    close: () => app.close(),
  }
}
