import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { redisLedger, type RedisClient } from '../../../src/stores/redis.js'
import { CLAIM, STORE_LIMIT } from '../limits.js'
import { dataIn, openFile, prepareFile } from './sqlite.js'
import type { FaultStore } from './store.js'

/** A client that was told to give up. */
interface Connected {
  readonly client: RedisClient
  disconnect(): void
}

function ioredis(port: number): Connected {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    connectTimeout: STORE_LIMIT,
    // a command without an answer is given up; and so is a connection on which none comes, for ioredis would keep it
    commandTimeout: STORE_LIMIT,
    socketTimeout: STORE_LIMIT,
    maxRetriesPerRequest: 1,
    retryStrategy: () => 50,
  })
  client.on('error', () => {})
  return { client, disconnect: () => client.disconnect() }
}

function nodeRedis(port: number): Connected {
  const client = createClient({
    // holds only until the command is sent
    commandOptions: { timeout: STORE_LIMIT },
    socket: { host: '127.0.0.1', port, connectTimeout: STORE_LIMIT, reconnectStrategy: () => 50 },
  })
  client.on('error', () => {})
  const connect = () => void client.connect().catch(() => {})
  connect()
  // socketTimeout begins anew with every command that is sent, so that a busy connection whose other end is gone is
  // kept for good; only a question that must be answered tells
  const watch = setInterval(() => {
    if (!client.isReady) return
    const late = setTimeout(() => {
      client.destroy()
      connect()
    }, STORE_LIMIT)
    void client
      .ping()
      .catch(() => {})
      .finally(() => clearTimeout(late))
  }, STORE_LIMIT)
  return {
    client,
    disconnect() {
      clearInterval(watch)
      client.destroy()
    },
  }
}

/** The versions are in Redis, the data in a file beside it: `redis://127.0.0.1:6379?/tmp/data.db`. */
function parts(url: string): { readonly port: number; readonly file: string } {
  const { port, search } = new URL(url)
  return { port: Number(port), file: decodeURIComponent(search.slice(1)) }
}

function store(name: string, durable: boolean, connect: (port: number) => Connected): FaultStore {
  return {
    name,
    versions: 'ledger',
    async prepare(url) {
      const { port, file } = parts(url)
      const client = new Redis({ host: '127.0.0.1', port })
      await client.flushall()
      await client.quit()
      await prepareFile(file)
    },
    open(url) {
      const { port, file } = parts(url)
      const connected = connect(port)
      const db = openFile(file)
      return {
        served: {
          way: 'ledger',
          ledger: redisLedger(connected.client, { durable, lease: CLAIM.lease }),
          data: dataIn(db),
        },
        // all commands share one connection
        busy: () => 0,
        close() {
          connected.disconnect()
          db.close()
        },
      }
    },
  }
}

export const redisStores: readonly FaultStore[] = [
  store('redis ledger, durable, by ioredis', true, ioredis),
  store('redis ledger, forgetful, by node-redis', false, nodeRedis),
]
