import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { ClaimOptions } from '../../src/index.js'
import type { ServerQuestion, ServerReport, ServerTask } from './shared-server.js'
import type { JournalEntry, Place, SharedStore } from './stores/store.js'

const PROGRAM = new URL('./shared-server.ts', import.meta.url)

/** One server process. */
export interface SharedServer {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string
  readonly pid: number
  /** what is open in it, by kind, as `process.getActiveResourcesInfo()` calls them */
  resources(): Promise<Readonly<Record<string, number>>>
  /** SIGKILL; resolves when it is dead */
  kill(): Promise<void>
}

export interface ServerOptions {
  /** where this server finds the store, when it is not where the test does: the URL of a proxy before it */
  readonly url?: string
  readonly claim?: ClaimOptions
  /** ms by which its wall clock is wrong; 0 */
  readonly skew?: number
}

/** A place in one store, and the server processes over it. */
export interface SharedCluster {
  readonly store: SharedStore
  readonly place: Place
  /** those that run now: a list that changes as servers start and end */
  readonly servers: readonly SharedServer[]
  start(options?: ServerOptions): Promise<SharedServer>
  /** what the database itself noted of every change of the data; undefined where it cannot */
  journal(): Promise<readonly JournalEntry[] | undefined>
  /** kills the servers that still run, and removes the place */
  end(): Promise<void>
}

/** Makes a place of its own in the store behind `url` (for SQLite: a folder), on which servers can be started. */
export async function sharedCluster(store: SharedStore, url: string): Promise<SharedCluster> {
  const place: Place = { url, name: `races_${randomBytes(6).toString('hex')}` }
  const prepared = await store.prepare(place)
  const servers: SharedServer[] = []
  const children = new Set<ChildProcess>()

  return {
    store,
    place,
    servers,
    async start({ url: through = url, claim = {}, skew = 0 } = {}) {
      const task: ServerTask = { store: store.name, place: { ...place, url: through }, claim, skew }
      const child = fork(PROGRAM, [JSON.stringify(task)], { execArgv: ['--import', 'tsx'] })
      children.add(child)
      const server: SharedServer = {
        origin: `http://127.0.0.1:${await portOf(child)}`,
        pid: child.pid!,
        resources: () => resourcesOf(child),
        kill: () => kill(child),
      }
      servers.push(server)
      child.once('exit', () => {
        children.delete(child)
        servers.splice(servers.indexOf(server), 1)
      })
      return server
    },
    journal: async () => prepared.journal?.(),
    async end() {
      await Promise.all([...children].map(kill))
      await prepared.remove()
    },
  }
}

async function portOf(child: ChildProcess): Promise<number> {
  return report(child, (told) => ('port' in told ? told.port : undefined))
}

async function resourcesOf(child: ChildProcess): Promise<Readonly<Record<string, number>>> {
  const answer = report(child, (told) => ('resources' in told ? told.resources : undefined))
  child.send('resources' satisfies ServerQuestion)
  return answer
}

/** The first report of this kind from now on. */
function report<T>(child: ChildProcess, find: (told: ServerReport) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      child.off('message', look)
      child.off('exit', died)
    }
    const look = (told: ServerReport) => {
      const found = find(told)
      if (found === undefined) return
      end()
      resolve(found)
    }
    const died = (code: number | null) => {
      end()
      reject(new Error(`a server has ended with ${code}`))
    }
    child.on('message', look)
    child.once('exit', died)
  })
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}
