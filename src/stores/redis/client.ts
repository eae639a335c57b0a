import { optionError } from '../../core/errors.js'
import { isPromise, rejected } from '../../core/promise.js'

/** ioredis: a `Redis`, or a `Cluster`. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>
}

/** node-redis from version 4 on: a client, a cluster, sentinels or a pool. */
export interface NodeRedisClient {
  evalSha(sha: string, parts: ScriptParts): Promise<unknown>
  eval(script: string, parts: ScriptParts): Promise<unknown>
}

/** Anything else that sends a command, given as one array: its name, and its arguments. */
export interface RedisCommandSender {
  sendCommand(command: string[]): Promise<unknown>
}

export type RedisClient = IoRedisClient | NodeRedisClient | RedisCommandSender

/** What a script is given. Keys are apart, since a cluster is routed by them. */
export interface ScriptParts {
  keys: string[]
  arguments: string[]
}

/** `evalsha` with the hash of a script, `eval` with its text; the answer is as the server gave it. */
export type Evaluate = (command: 'evalsha' | 'eval', script: string, parts: ScriptParts) => Promise<unknown>

type Member = 'call' | 'evalSha' | 'eval' | 'sendCommand'

const CLIENTS =
  'Hand over a client of ioredis or node-redis, or an object whose sendCommand([name, ...arguments]) answers with a promise.'

/** How this client is told to run a script: by its shape, for nothing is asked of the server yet. */
export function evaluateWith(client: RedisClient): Evaluate {
  if ((client as { options?: { legacyMode?: unknown } } | null | undefined)?.options?.legacyMode === true)
    throw refused(client, 'In legacy mode it answers callbacks: hand over its member v4.')
  const evaluate = byShape(client)
  return (command, script, parts) => {
    try {
      const answer: unknown = evaluate(command, script, parts)
      return isPromise(answer) ? answer : rejected(refused(client, CLIENTS))
    } catch (error) {
      return rejected(error)
    }
  }
}

function byShape(client: RedisClient): Evaluate {
  if (has(client, 'call')) {
    return (command, script, parts) => client.call(command, script, '1', ...parts.keys, ...parts.arguments)
  }
  if (has(client, 'evalSha') && has(client, 'eval')) {
    return (command, script, parts) =>
      command === 'eval' ? client.eval(script, parts) : client.evalSha(script, parts)
  }
  if (has(client, 'sendCommand')) {
    return (command, script, parts) =>
      client.sendCommand([command, script, '1', ...parts.keys, ...parts.arguments])
  }
  throw refused(client, CLIENTS)
}

function has<Name extends Member>(
  client: RedisClient,
  name: Name,
): client is RedisClient & Extract<RedisClient, Record<Name, unknown>> {
  // every function has a `call` too
  if (typeof client === 'function') return false
  return typeof (client as Partial<Record<Name, unknown>> | null | undefined)?.[name] === 'function'
}

function refused(client: RedisClient, fix: string) {
  return optionError('redisLedger(client)', client, fix)
}
