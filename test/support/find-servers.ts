import { connect } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startPostgres } from './embedded-postgres.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** the URLs of the servers that answer; '' where none does */
    servers: { readonly postgres: string; readonly mysql: string; readonly redis: string }
  }
}

const DEFAULTS = {
  POSTGRES_URL: 'postgres://postgres@127.0.0.1:5432/test',
  MYSQL_URL: 'mysql://root@127.0.0.1:3306/test',
  REDIS_URL: 'redis://127.0.0.1:6379',
}

/** The URL of the environment or the usual one, where something listens; '' elsewhere, and for `off`. */
async function answering(name: keyof typeof DEFAULTS): Promise<string> {
  const url = process.env[name] || DEFAULTS[name]
  if (url === 'off') return ''
  const { hostname, port } = new URL(url)
  const standard = new URL(DEFAULTS[name]).port
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || standard), timeout: 3000 })
    const end = (found: string): void => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => end(url))
    socket.once('error', () => end(''))
    socket.once('timeout', () => end(''))
  })
}

/** Before all tests: which servers are there. Where no PostgreSQL is, one is started from npm, and stopped in the end. */
export default async function findServers(project: TestProject): Promise<() => Promise<void>> {
  const [found, mysql, redis] = await Promise.all([
    answering('POSTGRES_URL'),
    answering('MYSQL_URL'),
    answering('REDIS_URL'),
  ])
  const started = found === '' ? await startPostgres() : undefined
  project.provide('servers', { postgres: started?.url ?? found, mysql, redis })
  return async () => {
    await started?.stop()
  }
}
