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
  const child = program(new URL('server.ts', import.meta.url), [name])
  const { port } = await answer<{ port: number }>(child)
  return {
    origin: `http://127.0.0.1:${port}`,
    async cpu() {
      child.send('cpu')
      return (await answer<{ cpu: number }>(child)).cpu
    },
    close: () => ended(child),
  }
}

/** A program of this folder, in a process of its own, as in production. */
export function program(file: URL, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(file), [...args], {
    execArgv: ['--import', 'tsx'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      TSX_TSCONFIG_PATH: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
    },
  })
}

/** Lets a program end that ends when its parent has left it. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = once(child, 'exit')
  child.disconnect()
  await gone
}

/** The next message of a program. Rejects where it ends instead. */
export function answer<T>(child: ChildProcess): Promise<T> {
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
