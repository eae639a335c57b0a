import type { Clock } from '../core/clock.js'
import { IfMatchError } from '../core/errors.js'
import type { Ledger, MaybePromise } from '../core/ledger.js'
import { appear, expire, move } from '../core/machine.js'
import { chain } from '../core/promise.js'
import type { Existence, LedgerRecord } from '../core/record.js'
import { acquire, type Acquired, type AcquireOptions, type Claiming } from './acquire.js'
import { Deadlines } from './deadlines.js'
import { claimObserver } from './observer.js'
import { LaterLooks } from './later-looks.js'
import { keyQueue } from './queue.js'
import { stepSource, type Steps } from './steps.js'
import { timedLedger } from './store.js'
import { tokenSource } from './tokens.js'

/** The claim protocol over one ledger. Everything here throws or rejects with what the store throws or rejects with. */
export interface Claims {
  readonly epoch: string
  /** drawn anew for each swap that moves a version: what was lost is then not made again, from whatever record */
  readonly step: Steps
  /** of the claims, and of the handlers under them */
  readonly deadlines: Deadlines
  acquire(options: AcquireOptions): MaybePromise<Acquired>
  /** the record, after a dead claim that was met has been moved on */
  read(key: string): MaybePromise<LedgerRecord>
  readMany(keys: readonly string[]): Promise<readonly LedgerRecord[]>
  /** a write that went past the claims */
  move(key: string): Promise<LedgerRecord>
  /** what exists again, or for the first time; the record only where nothing came between `seen` and now */
  appear(key: string, seen: LedgerRecord): Promise<LedgerRecord | undefined>
  /** what has been learned of the existence of a state that was left behind, where nothing came after it */
  learn(key: string, left: LedgerRecord, existence: Existence): Promise<void>
}

/** Each lost swap means that another one won; so many in a row mean a store that answers nonsense. */
const MOST_LOST_SWAPS = 1000

/** `patience`: ms that the store may take for one answer. */
export function claimsOver(ledger: Ledger, clock: Clock, patience: number): Claims {
  const deadlines = new Deadlines(clock)
  const store = timedLedger(ledger, deadlines, patience)
  const isOver = claimObserver(clock)
  const step = stepSource(ledger.skips)
  const claiming: Claiming = {
    epoch: ledger.epoch,
    store,
    step,
    deadlines,
    looks: new LaterLooks(clock),
    queue: keyQueue(clock),
    token: tokenSource(),
    isOver,
  }

  const moveFrom = async (key: string, from: LedgerRecord): Promise<LedgerRecord> => {
    let record = from
    for (let tries = 0; tries < MOST_LOST_SWAPS; tries++) {
      const result = await store.swap(key, record, move(record, step()))
      if (result.swapped) return result.record
      record = result.record
    }
    throw new IfMatchError(
      'ERR_ANSWER_LOST',
      `${ledger.name} lost ${MOST_LOST_SWAPS} swaps in a row (ERR_ANSWER_LOST, see docs/errors.md)`,
    )
  }

  const moveOn = (key: string, record: LedgerRecord): MaybePromise<LedgerRecord> =>
    record.claim === null || !isOver(key, record.claim)
      ? record
      : chain(store.swap(key, record, expire(record, step())), (result) => result.record)

  return {
    epoch: ledger.epoch,
    step,
    deadlines,
    acquire: (options) => acquire(claiming, options),
    read: (key) => chain(store.get(key), (record) => moveOn(key, record)),
    readMany: async (keys) => {
      const records = await store.getMany(keys)
      return Promise.all(records.map(async (record, index) => moveOn(keys[index] ?? '', record)))
    },
    move: async (key) => moveFrom(key, await store.get(key)),
    appear: async (key, seen) => {
      const next = appear(seen, step())
      if (next === undefined) return undefined
      const result = await store.swap(key, seen, next)
      return result.swapped ? result.record : undefined
    },
    learn: async (key, left, existence) => {
      if (left.claim === null && left.existence !== existence)
        await store.swap(key, left, { ...left, existence })
    },
  }
}
