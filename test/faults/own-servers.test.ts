import { Redis } from 'ioredis'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { expect, onTestFinished } from 'vitest'
import {
  ownDurableRedis,
  ownForgetfulRedis,
  ownMariadb,
  ownPostgres,
  type OwnServers,
} from '../support/own-servers.js'

type Work = (port: number) => Promise<unknown>

/** Writes, restarts in both ways, and reads what is left. */
async function survivors(servers: OwnServers, write: Work, read: Work): Promise<unknown[]> {
  const server = await servers.create()
  onTestFinished(() => server.end())
  const { port } = server
  await write(port)
  await server.stop()
  await expect(read(port), 'it has stopped').rejects.toThrow()
  await server.start()
  const afterStop = await read(port)
  await server.crash()
  await expect(read(port), 'it has crashed').rejects.toThrow()
  await server.start()
  expect(server.port).toBe(port)
  return [afterStop, await read(port)]
}

const LONG = 120_000

ownPostgres.it(
  'a PostgreSQL keeps what was committed, through a stop and a crash',
  async () => {
    const query = (sql: string) => async (port: number) => {
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
      client.on('error', () => {})
      await client.connect()
      try {
        return (await client.query(sql)).rows as unknown
      } finally {
        await client.end()
      }
    }
    const write = query('CREATE TABLE t (n int); INSERT INTO t VALUES (1)')
    expect(await survivors(ownPostgres, write, query('SELECT n FROM t'))).toEqual([[{ n: 1 }], [{ n: 1 }]])
  },
  LONG,
)

ownMariadb.it(
  'a MariaDB does, too',
  async () => {
    const query = (sql: string) => async (port: number) => {
      const at = { host: '127.0.0.1', port, user: 'root', database: 'test', multipleStatements: true }
      const connection = await mysql.createConnection(at)
      try {
        return (await connection.query(sql))[0] as unknown
      } finally {
        await connection.end()
      }
    }
    const write = query('CREATE TABLE t (n int) ENGINE = InnoDB; INSERT INTO t VALUES (1)')
    expect(await survivors(ownMariadb, write, query('SELECT n FROM t'))).toEqual([[{ n: 1 }], [{ n: 1 }]])
  },
  LONG,
)

for (const [title, servers, left] of [
  ['a Redis with an append-only file does, too', ownDurableRedis, 'v'],
  ['a Redis without one has forgotten everything', ownForgetfulRedis, null],
] as const) {
  servers.it(
    title,
    async () => {
      const ask = (work: (client: Redis) => Promise<unknown>) => async (port: number) => {
        const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: null })
        client.on('error', () => {})
        try {
          await client.connect()
          return await work(client)
        } finally {
          client.disconnect()
        }
      }
      const write = ask((client) => client.set('k', 'v'))
      expect(
        await survivors(
          servers,
          write,
          ask((client) => client.get('k')),
        ),
      ).toEqual([left, left])
    },
    LONG,
  )
}
