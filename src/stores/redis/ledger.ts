import type { Ledger, Swap, SwapResult } from '../../core/ledger.js'
import type { LedgerRecord } from '../../core/record.js'
import { storedKey } from '../sql/stored-key.js'
import { NO_SWAP, swapArguments } from './arguments.js'
import { evaluateWith, type Evaluate, type RedisClient } from './client.js'
import { confirmedSteps, type Step } from './confirmed.js'
import { Histories } from './histories.js'
import { readOptions, type RedisLedgerOptions } from './options.js'
import { promisesOf } from './promises.js'
import { resultOf } from './reply.js'
import { scriptRunner } from './run.js'
import { scriptOf } from './script.js'
import { evaluateAndWaitWith } from './wait.js'

/** A ledger in Redis. It takes part in no transaction. */
export interface RedisLedger extends Ledger {
  get(key: string): Promise<LedgerRecord>
  /** one command for each key, sent all at once: one trip to a single server, one to each node of a cluster */
  getMany(keys: readonly string[]): Promise<readonly LedgerRecord[]>
  compareAndSwap(key: string, swap: Swap): Promise<SwapResult>
}

/**
 * A ledger in Redis 6 or later, or Valkey; one server, replicas, or a cluster. The client stays the application's,
 * which connects and closes it. One hash for each key, one script call for each step; the server's clock ends a
 * claim.
 *
 * What Redis forgets (a restart, FLUSHALL, eviction) comes back with a higher count: a false conflict, and never a
 * false match. After a restart nobody is granted a claim for a `lease`: a handler may still run under one that the
 * server has forgotten. Claims may be evicted with the rest under `allkeys-*`; take `noeviction`, or one of `volatile-*`,
 * which make place by dropping what nobody has written or claimed. See `durable` and `wait` for restarts and failovers.
 *
 * Let the client give up early on a server that is away. A claim that waits in its offline queue longer than the
 * request for it is made all the same when the server is back, and then given back.
 *
 * Throws ERR_OPTION_INVALID for what is no client, and for options that cannot work.
 */
export function redisLedger(client: RedisClient, options: RedisLedgerOptions = {}): RedisLedger {
  const settings = readOptions(options)
  const { prefix, keepUnwritten, durable, lease, wait } = settings
  // an eighth more, so that not every read has to write down that it was there
  const life = Math.ceil(keepUnwritten * 1.125)
  const histories = new Histories()
  // what guards ask for counts, whatever was said
  let longest = lease

  const script = scriptOf({ keep: keepUnwritten, life, durable })
  const stepBy = (evaluate: Evaluate, last: readonly string[]): Step => {
    const run = scriptRunner(evaluate, script)
    return (key, swap = last.length === 0 ? [] : NO_SWAP) =>
      run(storedKey(prefix + key), [...histories.told, String(longest), ...swap, ...last]).then((reply) => {
        const answered = resultOf(key, reply)
        histories.add(answered.history)
        return answered
      })
  }
  const plain = stepBy(evaluateWith(client), [])
  const step =
    wait === undefined ? plain : confirmedSteps(plain, stepBy(evaluateAndWaitWith(client, wait), ['mark']))
  const get = (key: string): Promise<LedgerRecord> => step(key).then(({ record }) => record)

  return {
    name: 'redis',
    epoch: '',
    promises: promisesOf(settings),
    get,
    getMany: (keys) => Promise.all(keys.map(get)),
    compareAndSwap(key, swap) {
      longest = Math.max(longest, Math.ceil(swap.to.lease))
      return step(key, swapArguments(swap))
    },
  }
}
