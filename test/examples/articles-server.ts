import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface ArticlesServer {
  readonly url: string
  /** what it printed when it was ready */
  readonly welcome: string
  /** ends it as Ctrl+C does; its exit code */
  stop(): Promise<number | null>
}

/** How a server that could not start has ended. */
export interface Ended {
  readonly code: number | null
  readonly stderr: string
}

/** A folder for one database, and its removal. */
export function temporaryDatabase(): { database: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'articles-'))
  return {
    database: join(folder, 'articles.db'),
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The example as `npm start` runs it, in a process of its own; rejects with what it wrote where it does not start. */
export async function startArticles(env: { DATABASE: string; PORT?: string }): Promise<ArticlesServer> {
  const child = run({ PORT: '0', ...env })
  let welcome = ''
  const url = await new Promise<string>((resolve, reject) => {
    void end(child).then(({ stderr }) => {
      reject(new Error(`the server ended at once: ${stderr}`))
    })
    child.stdout?.on('data', (chunk: Buffer) => {
      welcome += chunk.toString()
      const found = /(http:\S+), and[\s\S]*\n$/.exec(welcome)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  return {
    url,
    welcome,
    stop: async () => {
      const ended = end(child)
      child.kill('SIGINT')
      return (await ended).code
    },
  }
}

/** For a start that is to fail: waits until the process has ended by itself. */
export function startAndEnd(env: { DATABASE: string; PORT: string }): Promise<Ended> {
  return end(run(env))
}

function run(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/articles/server.ts'], {
    cwd: root,
    env: { ...process.env, ...env },
  })
  // a test that failed before it stopped its server leaves none behind
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

function end(child: ChildProcess): Promise<Ended> {
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve) => {
    if (child.exitCode !== null) resolve({ code: child.exitCode, stderr })
    child.once('close', (code) => {
      resolve({ code, stderr })
    })
  })
}
