import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { ClaimOptions } from '../../src/index.js'
import type { Resources, ServerQuestion, ServerReport, ServerTask } from './fault-server.js'
import { serverProgram } from './program.js'

/** One server process. */
export interface FaultServer {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string
  /** what was open before it opened the store */
  readonly before: Resources
  resources(): Promise<Resources>
  /** ends its connections to clients and to the store; the process stays */
  close(): Promise<void>
  /** SIGKILL; resolves when it is dead */
  kill(): Promise<void>
}

export interface Cluster {
  /** those that serve now */
  readonly servers: readonly FaultServer[]
  /** of servers that ended although nobody killed them, such as by an unhandled rejection */
  readonly deaths: readonly string[]
  start(): Promise<FaultServer>
  /** kills what still runs */
  end(): Promise<void>
}

/** What the servers of one cluster are told. */
export interface ClusterOptions {
  /** the name of the store, and where it is */
  readonly store: string
  readonly url: string
  readonly claim: ClaimOptions
  /** ms by which the clock of the first server is wrong, of the second, and so on, and from the beginning again */
  readonly skews: readonly number[]
  readonly seed: number
}

export function cluster({ store, url, claim, skews, seed }: ClusterOptions): Cluster {
  const servers: FaultServer[] = []
  const children = new Set<ChildProcess>()
  const deaths: string[] = []
  let started = 0

  return {
    servers,
    deaths,
    async start() {
      const place = started++
      const task: ServerTask = {
        store,
        url,
        claim,
        skew: skews[place % skews.length] ?? 0,
        seed: seed + place,
      }
      const child = fork(await serverProgram(), [JSON.stringify(task)], {
        execArgv: ['--enable-source-maps'],
        stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      })
      children.add(child)
      let said = ''
      child.stderr!.on('data', (text: Buffer) => (said = (said + String(text)).slice(-4_000)))
      child.once('exit', (code, signal) => {
        children.delete(child)
        if (signal !== 'SIGKILL') deaths.push(`a server ended with ${code ?? signal}: ${said}`)
      })
      const { port, before } = await reported(child, (report) => ('port' in report ? report : undefined))
      const server: FaultServer = {
        origin: `http://127.0.0.1:${port}`,
        before,
        resources: () =>
          ask(child, 'resources', (report) => ('resources' in report ? report.resources : undefined)),
        async close() {
          await ask(child, 'close', (report) => ('closed' in report ? true : undefined))
        },
        async kill() {
          if (children.has(child)) await kill(child)
        },
      }
      servers.push(server)
      child.once('exit', () => servers.splice(servers.indexOf(server), 1))
      return server
    },
    async end() {
      await Promise.all([...children].map(kill))
    },
  }
}

async function ask<T>(
  child: ChildProcess,
  question: ServerQuestion,
  find: (report: ServerReport) => T | undefined,
): Promise<T> {
  const answer = reported(child, find)
  child.send(question)
  return answer
}

/** The first report of this kind from now on. */
function reported<T>(child: ChildProcess, find: (report: ServerReport) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      child.off('message', look)
      child.off('exit', onExit)
    }
    const look = (report: ServerReport) => {
      const found = find(report)
      if (found === undefined) return
      stop()
      resolve(found)
    }
    const onExit = () => {
      stop()
      reject(new Error('a server has ended'))
    }
    child.on('message', look)
    child.once('exit', onExit)
  })
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}
