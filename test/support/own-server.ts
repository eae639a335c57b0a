import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as later } from 'node:timers/promises'

/** A database server of the test's own, in a folder under /tmp and on a loopback port that it keeps. */
export interface OwnServer {
  readonly port: number
  /** resolves when it answers */
  start(): Promise<void>
  /** as a deployment does: connections are ended, and what was answered is kept where the server keeps anything */
  stop(): Promise<void>
  /** SIGKILL */
  crash(): Promise<void>
  /** ends it, and removes its folder */
  end(): Promise<void>
}

/** What is particular to one kind of server. */
export interface Kind {
  readonly binary: string
  readonly args: (folder: string, port: number) => readonly string[]
  /** once, before the first start */
  readonly prepare?: (folder: string) => void
  /** once, after the first start */
  readonly furnish?: (port: number) => Promise<void>
  /** rejects while it does not answer */
  readonly ask: (port: number) => Promise<unknown>
  readonly stopSignal: NodeJS.Signals
  readonly user?: User | undefined
}

export interface User {
  readonly uid: number
  readonly gid: number
}

/** ms; generous, for a machine that does much else */
const PATIENCE = 60_000

/** Makes one, and starts it. */
export async function create(kind: Kind): Promise<OwnServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'if-match-server-'))
  if (kind.user !== undefined) chownSync(folder, kind.user.uid, kind.user.gid)
  chmodSync(folder, 0o700)
  const port = await freePort()
  let child: ChildProcess | undefined
  let log = ''
  const kill = (signal: NodeJS.Signals) => child?.kill(signal)
  // with the test process, however it ends by itself
  const onExit = () => void kill('SIGKILL')
  process.once('exit', onExit)

  const end = async (signal: NodeJS.Signals) => {
    if (child === undefined) return
    const ended = once(child, 'exit')
    kill(signal)
    await ended
    child = undefined
  }
  const launch = (): void => {
    const started = spawn(kind.binary, kind.args(folder, port), {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...kind.user,
    })
    const keep = (text: Buffer) => (log = (log + String(text)).slice(-4_000))
    started.stdout.on('data', keep)
    started.stderr.on('data', keep)
    started.once('error', (error) => (log += String(error)))
    started.once('exit', () => {
      if (child === started) child = undefined
    })
    child = started
  }
  const server: OwnServer = {
    port,
    async start() {
      const limit = performance.now() + PATIENCE
      for (;;) {
        // after a crash it may have to wait until what is left of its predecessor has gone
        if (child === undefined) launch()
        try {
          await kind.ask(port)
          return
        } catch (error) {
          if (performance.now() > limit)
            throw new Error(`${kind.binary} does not answer:\n${log}`, { cause: error })
          await later(50)
        }
      }
    },
    stop: () => end(kind.stopSignal),
    crash: () => end('SIGKILL'),
    async end() {
      await end('SIGKILL')
      process.off('exit', onExit)
      rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 })
    },
  }
  try {
    kind.prepare?.(folder)
    await server.start()
    await kind.furnish?.(port)
  } catch (error) {
    await server.end()
    throw error
  }
  return server
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
