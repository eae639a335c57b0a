import type { MaybePromise, SwapFrom, SwapResult, SwapTo } from '../../core/ledger.js'
import { unseen } from '../../core/record.js'
import type { LedgerRecord } from '../../core/record.js'

/** One swap, taken apart for those who do not do it in one piece. */
export interface SwapSteps {
  readonly get: () => LedgerRecord
  readonly matches: (stored: LedgerRecord) => boolean
  readonly put: () => LedgerRecord
}

/** The parts of a ledger that a fault replaces. */
export interface LedgerParts {
  /** `run`: how often the store was started */
  readonly epoch: (run: number) => string
  readonly entryKey: (key: string) => string
  readonly unseen: () => LedgerRecord
  readonly matches: (stored: LedgerRecord, from: SwapFrom) => boolean
  readonly written: (stored: LedgerRecord, to: SwapTo) => LedgerRecord
  /** whether a record that was written is kept at all */
  readonly keeps: (record: LedgerRecord) => boolean
  /** how many records there is room for */
  readonly room: number
  /** the clock that leases are measured with, in ms; undefined where no time is told */
  readonly time: ((store: { readonly now: number }) => number) | undefined
  /** `atomic` in another way */
  readonly swap: (atomic: () => SwapResult, steps: SwapSteps) => MaybePromise<SwapResult>
  /** what the caller gets of a record; `views` lives as long as the store */
  readonly answer: (record: LedgerRecord, key: string, views: Map<string, LedgerRecord>) => LedgerRecord
  readonly many: (keys: readonly string[], get: (key: string) => LedgerRecord) => readonly LedgerRecord[]
  readonly entersOnRead: boolean
  readonly commits: boolean
  readonly rollsBack: boolean
  readonly refusesPromises: boolean
}

export const CORRECT: LedgerParts = {
  epoch: (run) => `run${run}`,
  entryKey: (key) => key,
  unseen: () => unseen(),
  matches: ({ count, claim }, from) =>
    count === from.count && (claim?.token ?? null) === from.token && (claim?.beat ?? 0) === from.beat,
  written,
  keeps: () => true,
  room: Number.POSITIVE_INFINITY,
  time: ({ now }) => now,
  swap: (atomic) => atomic(),
  answer: (record) => record,
  many: (keys, get) => keys.map(get),
  entersOnRead: false,
  commits: true,
  rollsBack: true,
  refusesPromises: true,
}

/** What a swap leaves of a record. */
export function written(stored: LedgerRecord, to: SwapTo): LedgerRecord {
  const { count, existence = stored.existence, token, beat, lease, doubtful, settled = stored.settled } = to
  const fence = stored.fence + (to.raiseFence ? 1 : 0)
  return { count, existence, fence, claim: token === null ? null : { token, beat, lease, doubtful }, settled }
}

/** One mistake, and the cases of the contract that show it, without their `ledger/`. */
export interface LedgerFault {
  readonly id: string
  readonly breaks: readonly string[]
  readonly parts: Partial<LedgerParts>
}
