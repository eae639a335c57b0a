import { IfMatchError, optionError } from '../../core/errors.js'
import type { Evaluate, RedisClient, ScriptParts } from './client.js'

export interface RedisWait {
  /** how many replicas must have a write before it counts as made */
  readonly replicas: number
  /** ms that they may take, 500; below the `claim.wait` of `ifMatch` */
  readonly timeout?: number
}

/** A `Redis` of ioredis. Of a pipeline that a lost connection has torn it never sends the rest again. */
interface IoRedis {
  readonly isCluster?: boolean
  pipeline(commands: string[][]): { exec(): Promise<[Error | null, unknown][] | null> }
}

/** A client of node-redis, for one connection. It never sends the rest of a torn pipeline either. */
interface NodeRedis {
  multi(): Batch
}

interface Batch {
  evalSha(sha: string, parts: ScriptParts): Batch
  eval(script: string, parts: ScriptParts): Batch
  addCommand(command: string[]): Batch
  execAsPipeline(): Promise<unknown>
}

/**
 * Runs the script and WAIT in one trip. WAIT speaks of the writes of its own connection, so both must go over the
 * same one, whatever happens to it in between.
 */
export function evaluateAndWaitWith(client: RedisClient, { replicas, timeout = 500 }: RedisWait): Evaluate {
  const send = pipelineOf(client, ['wait', String(replicas), String(timeout)])
  return async (command, script, parts) => {
    const [answer, confirmed] = await send(command, script, parts)
    if (Number(confirmed) >= replicas) return answer
    throw new IfMatchError(
      'ERR_STORE_TIMEOUT',
      `redis ledger: ${String(confirmed)} of ${replicas} replicas had the write after ${timeout} ms (ERR_STORE_TIMEOUT, see docs/errors.md)`,
    )
  }
}

type Send = (...script: Parameters<Evaluate>) => Promise<readonly unknown[]>

function pipelineOf(client: RedisClient, wait: string[]): Send {
  if (isIoRedis(client)) {
    return async (command, script, { keys, arguments: args }) => {
      const answers = await client.pipeline([[command, script, '1', ...keys, ...args], wait]).exec()
      return (answers ?? []).map(([error, answer]) => {
        if (error) throw error
        return answer
      })
    }
  }
  if (isNodeRedis(client)) {
    return async (command, script, parts) => {
      const batch = client.multi()
      const first = command === 'eval' ? batch.eval(script, parts) : batch.evalSha(script, parts)
      return (await first.addCommand(wait).execAsPipeline()) as unknown[]
    }
  }
  throw optionError(
    'wait',
    { replicas: wait[1] },
    'WAIT speaks of the writes of one connection: hand over a `Redis` of ioredis or a client of node-redis, not a cluster, a pool or sendCommand; or leave `wait` out and set min-replicas-to-write on the server.',
    'ERR_OPTIONS_CONFLICT',
  )
}

function isIoRedis(client: object): client is IoRedis {
  return 'pipeline' in client && !('isCluster' in client && client.isCluster === true)
}

/** Clusters have `masters` too, sentinels hand out clients with `acquire`, and a pool is never ready. */
function isNodeRedis(client: object): client is NodeRedis {
  return 'multi' in client && 'isReady' in client && !('masters' in client) && !('acquire' in client)
}
