import type { Clock } from '../../core/clock.js'
import { IfMatchError, optionError } from '../../core/errors.js'
import type { Ledger, Swap, SwapResult } from '../../core/ledger.js'
import type { LedgerRecord } from '../../core/record.js'
import { checkOptions } from './options.js'
import { LEDGER_PROMISES } from './promises.js'
import { Shard } from './shard.js'
import { randomEpoch, seededHash } from './text.js'
import { warnWhereNotShared } from './warning.js'

export interface MemoryLedgerOptions {
  /**
   * how many keys are remembered, 1,000,000 by default; past it the one that was not touched for longest is
   * forgotten, which costs whoever still holds its version, or that of a key never written, a conflict
   */
  readonly maxEntries?: number
  /** the system's monotonic clock by default */
  readonly clock?: Pick<Clock, 'now'>
  /** what its versions begin with: 1 to 32 characters of 0-9 and a-z, and never the same in two runs; random by default */
  readonly epoch?: string
}

/** A ledger that answers at once, without promises. */
export interface MemoryLedger extends Ledger {
  get(key: string): LedgerRecord
  getMany(keys: readonly string[]): readonly LedgerRecord[]
  compareAndSwap(key: string, swap: Swap): SwapResult
}

/** A map of this size doubles within a millisecond; one for all keys would stall the process for a second. */
const SHARD_ENTRIES = 16_384
const MAX_SHARDS = 4096

/**
 * A ledger in the memory of this one process, for tests and for servers that are alone. Its counts die with the
 * process; its `epoch` sees to it that versions of an earlier run never match.
 *
 * A place is made among the keys that share a shard with the new one; the one untouched for longest by `get` or a
 * swap goes, claimed ones never. A swap that would need a place while every record is claimed throws.
 */
export function memoryLedger(options: MemoryLedgerOptions = {}): MemoryLedger {
  const { maxEntries, clock, epoch } = readOptions(options)
  warnWhereNotShared()
  const hash = seededHash()
  const shards = Array.from({ length: shardCount(maxEntries) }, () => new Shard())
  let size = 0

  const shardOf = (key: string): Shard => shards[hash(key) & (shards.length - 1)] as Shard

  const makePlace = (wanted: Shard): void => {
    if (size < maxEntries) size += 1
    else if (!wanted.forgetOldest() && !shards.some((shard) => shard.forgetOldest())) {
      throw new IfMatchError(
        'ERR_STORE_FULL',
        `memoryLedger: all of its ${maxEntries} entries are claimed by writes in flight, and claims are never forgotten. ` +
          'Raise maxEntries above the number of writes that run at once (ERR_STORE_FULL, see docs/errors.md)',
      )
    }
  }

  /** Most records are free, and to ask for the time costs as much as to find one. */
  const look = (shard: Shard, slot: number): LedgerRecord =>
    shard.read(slot, shard.isClaimed(slot) ? clock.now() : 0)

  const get = (key: string): LedgerRecord => {
    const shard = shardOf(key)
    const slot = shard.find(key)
    shard.touch(slot)
    return look(shard, slot)
  }

  return {
    name: 'memory',
    promises: LEDGER_PROMISES,
    epoch,
    get,
    getMany: (keys) => keys.map(get),
    compareAndSwap(key, { from, to }) {
      const shard = shardOf(key)
      let slot = shard.find(key)
      if (!shard.matches(slot, from)) {
        shard.touch(slot)
        return { swapped: false, record: look(shard, slot) }
      }
      if (slot === 0) {
        const fence = shard.fenceFloor
        makePlace(shard)
        slot = shard.insert(key, fence)
      }
      const now = to.token === null ? 0 : clock.now()
      shard.write(slot, to, now)
      return { swapped: true, record: shard.read(slot, now) }
    },
  }
}

/** A power of two, so that a hash becomes an index by a mask. */
function shardCount(maxEntries: number): number {
  return Math.min(MAX_SHARDS, 2 ** Math.ceil(Math.log2(Math.max(1, maxEntries / SHARD_ENTRIES))))
}

function readOptions(options: MemoryLedgerOptions): Required<MemoryLedgerOptions> {
  checkOptions('memoryLedger', options, ['maxEntries', 'clock', 'epoch'])
  const { maxEntries = 1_000_000, clock = { now: () => performance.now() }, epoch = randomEpoch() } = options
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1)
    throw optionError('maxEntries', maxEntries, 'Give memoryLedger a whole number of keys, at least 1.')
  if (typeof (clock as Partial<Clock> | null)?.now !== 'function')
    throw optionError('clock', clock, 'Give memoryLedger a clock with now(), in ms that never go back.')
  if (typeof epoch !== 'string' || !/^[0-9a-z]{1,32}$/.test(epoch))
    throw optionError('epoch', epoch, 'Give memoryLedger 1 to 32 characters of 0-9 and a-z, or leave it out.')
  return { maxEntries, clock, epoch }
}
