import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import type { RedisClient } from '../../src/stores/redis.js'

/** A connected client of the test's own. */
export interface OpenClient {
  readonly client: RedisClient
  close(): void
}

export interface ClientKind {
  readonly name: string
  open(port: number): Promise<OpenClient>
}

/** A lost connection is an event of its own besides the rejected commands. */
const nothing = (): void => undefined

const ioredis: ClientKind = {
  name: 'ioredis',
  async open(port) {
    const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => 20 })
    client.on('error', nothing)
    await client.connect()
    return { client, close: () => client.disconnect() }
  },
}

const nodeRedis: ClientKind = {
  name: 'node-redis',
  async open(port) {
    const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: 20 } })
    client.on('error', nothing)
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

export const clientKinds: readonly ClientKind[] = [ioredis, nodeRedis]

const ioredisCluster: ClientKind = {
  name: 'ioredis, as a cluster',
  async open(port) {
    const client = new Cluster([{ host: '127.0.0.1', port }], { lazyConnect: true, scaleReads: 'slave' })
    client.on('error', nothing)
    await client.connect()
    return { client, close: () => client.disconnect() }
  },
}

const nodeRedisCluster: ClientKind = {
  name: 'node-redis, as a cluster',
  async open(port) {
    const client = createCluster({ rootNodes: [{ socket: { host: '127.0.0.1', port } }], useReplicas: true })
    client.on('error', nothing)
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

export const clusterKinds: readonly ClientKind[] = [ioredisCluster, nodeRedisCluster]

/** Opens clients for one test or suite, and closes them. */
export function clients() {
  const opened: OpenClient[] = []
  return {
    async open(kind: ClientKind, port: number): Promise<RedisClient> {
      const one = await kind.open(port)
      opened.push(one)
      return one.client
    },
    close(): void {
      for (const one of opened.splice(0)) one.close()
    },
  }
}
