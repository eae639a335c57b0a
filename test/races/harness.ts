import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { ClaimOptions } from '../../src/index.js'
import type { ServerReport, ServerTask } from './shared-server.js'
import type { JournalEntry, Place, SharedStore } from './stores/store.js'

const PROGRAM = new URL('./shared-server.ts', import.meta.url)

/** A place in one store, and the server processes over it. */
export interface SharedCluster {
  /** `http://127.0.0.1:<port>` of each server */
  readonly origins: readonly string[]
  /** what the database itself noted of every change of the data; undefined where it cannot */
  journal(): Promise<readonly JournalEntry[] | undefined>
  /** kills the servers, and removes the place */
  end(): Promise<void>
}

/** Makes a place of its own in the store behind `url` (for SQLite: a folder), and starts servers over it. */
export async function sharedCluster(
  store: SharedStore,
  url: string,
  processes: number,
  claim: ClaimOptions,
): Promise<SharedCluster> {
  const place: Place = { url, name: `races_${randomBytes(6).toString('hex')}` }
  const prepared = await store.prepare(place)
  const task: ServerTask = { store: store.name, place, claim }
  const children = Array.from({ length: processes }, () =>
    fork(PROGRAM, [JSON.stringify(task)], { execArgv: ['--import', 'tsx'] }),
  )
  const end = async (): Promise<void> => {
    await Promise.all(children.map(kill))
    await prepared.remove()
  }
  try {
    const ports = await Promise.all(children.map(portOf))
    const origins = ports.map((port) => `http://127.0.0.1:${port}`)
    return { origins, journal: async () => prepared.journal?.(), end }
  } catch (error) {
    await end()
    throw error
  }
}

async function portOf(child: ChildProcess): Promise<number> {
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`a server has ended with ${String(code)}`)
  })
  const [{ port }] = (await Promise.race([once(child, 'message'), died])) as [ServerReport]
  return port
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}
