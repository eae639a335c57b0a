import { createHash } from 'node:crypto'
import type { Ledger } from 'express-if-match'

/** One ledger out of several: each key has its place in one of them, for as long as it lives. */
export function shardedLedger(shards: readonly [Ledger, ...Ledger[]]): Ledger {
  const [{ epoch, promises }] = shards
  // a version names no shard: those of all of them must look alike
  if (shards.some((shard) => shard.epoch !== epoch)) throw new Error('the shards need one epoch')

  const shardOf = (key: string): Ledger => {
    const at = createHash('sha256').update(key).digest().readUInt32BE() % shards.length
    return shards[at] ?? shards[0]
  }
  return {
    name: 'sharded',
    epoch,
    // a shard that may take back what it has shown leaves out counts
    skips: Math.max(...shards.map((shard) => shard.skips ?? 0)),
    ...(promises && { promises }),
    get: (key) => shardOf(key).get(key),
    compareAndSwap: (key, swap) => shardOf(key).compareAndSwap(key, swap),
    // a trip for each key, all at once; a list of many is worth a `getMany` for each shard
    getMany: (keys) => Promise.all(keys.map(async (key) => shardOf(key).get(key))),
    // no `transaction`: the application's write and the version of its key would have to be in one database
  }
}
