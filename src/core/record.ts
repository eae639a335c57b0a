/** What is known of a resource's existence. A key that was never written through the library is `unknown`. */
export type Existence = 'unknown' | 'present' | 'deleted'

/** The exclusive, leased right to run one write handler on one key. */
export interface Claim {
  /** names the one attempt that holds it */
  readonly token: string
  /** how often it was renewed; whoever saw the same token and beat for a whole lease may end it */
  readonly beat: number
  /** its life without a renewal, in ms */
  readonly lease: number
  /** somebody else wrote while it stood: whatever its handler does has an unknown outcome */
  readonly doubtful: boolean
  /** ms until the store's own clock ends it; left out by a store that has no clock of its own */
  readonly remaining?: number
}

/** One small record per key: the whole memory of a ledger. */
export interface LedgerRecord {
  /** the version: grows with every change of state and never returns */
  readonly count: number
  readonly existence: Existence
  /** grows with every claim */
  readonly fence: number
  readonly claim: Claim | null
  /** the token that settled `count` last, so that a swap whose answer was lost recognises itself */
  readonly settled: string | null
}

/** The record of a key that the store has not seen; `floor` rises above whatever it has forgotten. */
export function unseen(floor = 0): LedgerRecord {
  return { count: floor, existence: 'unknown', fence: 0, claim: null, settled: null }
}
