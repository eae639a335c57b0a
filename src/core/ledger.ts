import type { Existence, LedgerRecord } from './record.js'
import type { StorePromises } from './store-promises.js'

export type MaybePromise<T> = T | Promise<T>

/** What a swap demands of the stored record; nothing else is compared. */
export interface SwapFrom {
  readonly count: number
  readonly token: string | null
  readonly beat: number
}

/** What a swap writes; a member that is left out, or undefined, stays as it is stored. */
export interface SwapTo {
  readonly count: number
  readonly token: string | null
  readonly beat: number
  /** ms; 0 without a token */
  readonly lease: number
  readonly doubtful: boolean
  readonly existence?: Existence | undefined
  readonly settled?: string | null | undefined
  /** true on a claim: the store adds one to the fence, since a claim that did not read cannot know it */
  readonly raiseFence: boolean
}

export interface Swap {
  readonly from: SwapFrom
  readonly to: SwapTo
}

/** Whether the swap was made, and the record as it stands after it: the loser's view of the winner. */
export interface SwapResult {
  readonly swapped: boolean
  readonly record: LedgerRecord
}

/** The steps of a ledger, once more inside a transaction of the application's database. */
export interface LedgerSteps {
  /** `key`: any text of at most 512 characters (UTF-16 code units), compared octet by octet */
  get(key: string): MaybePromise<LedgerRecord>
  compareAndSwap(key: string, swap: Swap): MaybePromise<SwapResult>
}

/** How a transaction may be run. */
export interface TransactionOptions {
  /**
   * `work` may run several times: it does nothing outside the transaction, so that the store may begin again, a
   * bounded number of times, where the database ended it for a deadlock or a serialization failure; `false`
   */
  readonly repeatable?: boolean
}

/**
 * A store that the library owns. `get` and `compareAndSwap` are all that the claim protocol needs; both may
 * answer at once or with a promise, and reject when the store cannot be reached.
 */
export interface Ledger<Client = unknown> extends LedgerSteps {
  /** how messages call it, `sqlite` */
  readonly name: string
  /** '' where counts outlive the process; else a random text, unlike that of any other run of it (P2) */
  readonly epoch: string
  /**
   * how many counts a new version leaves out at most, as many as chance wants; left out, none. For a store that may take
   * back in a crash what it has shown, so that a version that was lost is not given to another state (P2)
   */
  readonly skips?: number
  /** what this store promises, and what it cannot */
  readonly promises?: StorePromises
  /** the records of several keys in one trip, in the order of `keys` */
  getMany(keys: readonly string[]): MaybePromise<readonly LedgerRecord[]>
  /**
   * Runs `work` inside one transaction that holds the ledger's and the application's writes, and commits when
   * it returns; rolls back when it throws. A client that others share may take only synchronous work.
   */
  transaction?<T>(
    work: (steps: LedgerSteps, client: Client) => MaybePromise<T>,
    options?: TransactionOptions,
  ): MaybePromise<T>
}

/** A count as a version: with the epoch in front where counts start anew with the process. */
export function ledgerVersion(epoch: string, count: number): string {
  return epoch === '' ? String(count) : `${epoch}-${count}`
}

/**
 * The count that a version names; `foreign` for one of another epoch (well-formed, never current), undefined
 * for a text that no ledger of this kind ever wrote.
 */
export function ledgerCount(epoch: string, version: string): number | 'foreign' | undefined {
  const own = epoch === '' ? 0 : epoch.length + 1
  if (version.startsWith(epoch) && (own === 0 || version.charCodeAt(own - 1) === HYPHEN)) {
    const count = countAt(version, own)
    if (count !== undefined) return count
  }
  const border = version.lastIndexOf('-')
  if (border === 0 || countAt(version, border + 1) === undefined) return undefined
  return /^[0-9a-z]{0,32}$/.test(version.slice(0, Math.max(border, 0))) ? 'foreign' : undefined
}

const HYPHEN = 0x2d

/** The whole number from `at` to the end, as it is written: no sign, no leading zero. */
function countAt(version: string, at: number): number | undefined {
  if (at === version.length || (version.charCodeAt(at) === 0x30 && at + 1 < version.length)) return undefined
  let count = 0
  for (let index = at; index < version.length; index++) {
    const digit = version.charCodeAt(index) - 0x30
    if (!(digit >= 0 && digit <= 9)) return undefined
    count = count * 10 + digit
    if (count > Number.MAX_SAFE_INTEGER) return undefined
  }
  return count
}
