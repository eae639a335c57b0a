import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { redisLedger, type RedisLedger, type RedisLedgerOptions } from '../../src/stores/redis.js'
import type { OwnServer } from '../support/own-server.js'
import type { OwnServers } from '../support/own-servers.js'

/** A server of one test, which ends with it. */
export async function serverOf(servers: OwnServers): Promise<OwnServer> {
  const server = await servers.create()
  onTestFinished(() => server.end())
  return server
}

/** A connection of one test. */
export function connect(port: number, options: object = {}): Redis {
  const redis = new Redis(port, { retryStrategy: () => 20, ...options })
  redis.on('error', () => undefined)
  onTestFinished(() => redis.disconnect())
  return redis
}

export interface Opened {
  readonly redis: Redis
  readonly ledger: RedisLedger
}

export function openLedger(port: number, options?: RedisLedgerOptions): Opened {
  const redis = connect(port)
  return { redis, ledger: redisLedger(redis, options) }
}

/** Stops a server without a word, and lets it go on: as long as it stands still, its connections stay open. */
export async function freezer(redis: Redis): Promise<{ freeze: () => void; thaw: () => void }> {
  const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))![1])
  let frozen = false
  const thaw = (): void => {
    if (frozen) process.kill(pid, 'SIGCONT')
    frozen = false
  }
  onTestFinished(thaw)
  return {
    thaw,
    freeze() {
      frozen = true
      process.kill(pid, 'SIGSTOP')
    },
  }
}

/** Makes `replica` one of `primary`, and waits until it has everything. */
export async function follow(replica: Redis, primary: Redis, port: number): Promise<void> {
  // seconds that a primary waits for more replicas before it sends the first one everything
  await primary.config('SET', 'repl-diskless-sync-delay', '0')
  await replica.replicaof('127.0.0.1', port)
  await primary.set('followed', '1')
  while ((await primary.wait(1, 1000)) < 1) await primary.set('followed', '1')
}
