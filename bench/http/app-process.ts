import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { AppName } from './apps.js'

/** An application that runs by itself, in a process of its own. */
export interface AppProcess {
  readonly origin: string
  /** µs of CPU that it has used since it began, user and system */
  cpu(): Promise<number>
  close(): Promise<void>
}

export async function appProcess(name: AppName): Promise<AppProcess> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), [name], {
    execArgv: ['--import', 'tsx'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      TSX_TSCONFIG_PATH: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
    },
  })
  const { port } = await answer<{ port: number }>(child)
  return {
    origin: `http://127.0.0.1:${port}`,
    async cpu() {
      child.send('cpu')
      return (await answer<{ cpu: number }>(child)).cpu
    },
    async close() {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => {
      child.off('message', onMessage)
      reject(new Error(`the server ended with ${String(code)}`))
    }
    const onMessage = (message: unknown) => {
      child.off('exit', onExit)
      resolve(message as T)
    }
    child.once('exit', onExit)
    child.once('message', onMessage)
  })
}
