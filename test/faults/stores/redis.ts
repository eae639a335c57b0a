import { Redis } from 'ioredis'
import { redisLedger } from '../../../src/stores/redis.js'
import { STORE_LIMIT } from '../limits.js'
import { dataIn, openFile, prepareFile } from './sqlite.js'
import type { FaultStore } from './store.js'

/** The versions are in Redis, the data in a file beside it: `redis://127.0.0.1:6379?/tmp/data.db`. */
function parts(url: string): { readonly port: number; readonly file: string } {
  const { port, search } = new URL(url)
  return { port: Number(port), file: decodeURIComponent(search.slice(1)) }
}

function store(name: string, durable: boolean): FaultStore {
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
      const client = new Redis({
        host: '127.0.0.1',
        port,
        connectTimeout: STORE_LIMIT,
        // a command that was not answered is given up; a connection on which none is, too
        commandTimeout: STORE_LIMIT,
        socketTimeout: STORE_LIMIT,
        maxRetriesPerRequest: 1,
        retryStrategy: () => 50,
      })
      client.on('error', () => {})
      const db = openFile(file)
      return {
        served: { way: 'ledger', ledger: redisLedger(client, { durable }), data: dataIn(db) },
        busy: () => 0,
        close() {
          client.disconnect()
          db.close()
        },
      }
    },
  }
}

export const redisStores: readonly FaultStore[] = [
  store('redis ledger, durable', true),
  store('redis ledger, forgetful', false),
]
