import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A program of this folder, in a process of its own. */
export interface Forked {
  readonly child: ChildProcess
  /** its next message */
  answer<T>(): Promise<T>
  close(): Promise<void>
}

/** `file`: as seen from this folder. It runs on the build, as an application would, and in production. */
export function forked(file: string, args: readonly string[] = [], flags: readonly string[] = []): Forked {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ['--import', 'tsx', ...flags],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      TSX_TSCONFIG_PATH: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
    },
  })
  return {
    child,
    answer: () => answerOf(child, file),
    async close() {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

function answerOf<T>(child: ChildProcess, file: string): Promise<T> {
  return new Promise((resolve, reject) => {
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
}
