import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A program of this folder in a process of its own, which answers each message with one. */
export interface Child {
  readonly pid: number
  /** what it says next, without being asked: once it is ready */
  said<T>(): Promise<T>
  ask<T>(message: unknown): Promise<T>
  close(): Promise<void>
}

/**
 * A program waits for seconds until it is its turn again. V8 takes that for idleness, shrinks the heap and throws away
 * compiled code, so that what it ran next would be its start, more so the more code it has: a server under load never
 * meets that.
 */
const BUSY = ['--no-memory-reducer', '--no-flush-bytecode']

/** `file` is relative to this folder. The program ends where its channel does. */
export function startChild(
  file: string,
  args: readonly string[] = [],
  nodeArgs: readonly string[] = [],
): Child {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: [...BUSY, '--import', 'tsx', ...nodeArgs],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      TSX_TSCONFIG_PATH: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
    },
  })
  const said = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null) => {
        child.off('message', onMessage)
        reject(new Error(`${file} ended with ${String(code)}`))
      }
      const onMessage = (message: unknown) => {
        child.off('exit', onExit)
        resolve(message as T)
      }
      child.once('exit', onExit)
      child.once('message', onMessage)
    })
  return {
    pid: child.pid ?? 0,
    said,
    ask<T>(message: unknown) {
      const answer = said<T>()
      child.send(message as object)
      return answer
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}
