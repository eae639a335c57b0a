import type { SwapFrom, SwapTo } from './ledger.js'
import { unseen, type Existence, type LedgerRecord } from './record.js'

/*
 * The claim protocol, record × event → record or refusal. Whoever drives it writes the new record with one
 * compare-and-swap against the old one, so that each step below happens wholly or not at all. `step`: by how much the
 * version grows, where it does (see `Ledger.skips`).
 */

/**
 * How a handler ended. `keep`: it succeeded, and says nothing of the existence of the key itself. What was deleted may be
 * there again by it, as after a `POST …/restore`: taken for deleted still, it would be created over (P1).
 */
export type Outcome =
  | { readonly kind: 'written'; readonly existence: Existence | 'keep' }
  | { readonly kind: 'unwritten' }
  | { readonly kind: 'unknown' }

/**
 * `settled`: the state of `record` is what this handler made, or left. `unknown`: something else wrote meanwhile,
 * or the handler cannot say; the version has moved on and nobody may answer with it.
 */
export type Settlement = 'settled' | 'unknown'

/** The right to write, or undefined while another claim stands. */
export function claim(record: LedgerRecord, token: string, lease: number): LedgerRecord | undefined {
  if (record.claim !== null) return undefined
  const { count, existence, fence, settled } = record
  return { count, existence, fence: fence + 1, claim: { token, beat: 0, lease, doubtful: false }, settled }
}

/** One lease more, or undefined when the claim is gone. */
export function renew(record: LedgerRecord, token: string): LedgerRecord | undefined {
  if (record.claim?.token !== token) return undefined
  return { ...record, claim: { ...record.claim, beat: record.claim.beat + 1 } }
}

/** The end of a claim, told by its holder. */
export function settle(
  record: LedgerRecord,
  token: string,
  outcome: Outcome,
  step = 1,
): { record: LedgerRecord; settlement: Settlement } {
  // our own swap, whose answer was lost: it has been done, and nothing has moved the version since
  if (record.settled === token)
    return { record, settlement: outcome.kind === 'unknown' ? 'unknown' : 'settled' }
  if (record.claim?.token !== token) {
    // overtaken: a handler that wrote nothing overtook nobody; any other may have written over its successor
    return outcome.kind === 'unwritten'
      ? { record, settlement: 'settled' }
      : { record: move(record, step), settlement: 'unknown' }
  }
  // a release makes no version, so `settled` stays with the one who made this one and may still look for it
  if (outcome.kind === 'unwritten') return { record: { ...record, claim: null }, settlement: 'settled' }
  // a doubtful success leaves no token: found again after a lost answer, it would pass for a certain one
  if (outcome.kind === 'unknown' || record.claim.doubtful) {
    const settled = outcome.kind === 'unknown' ? token : null
    return { record: { ...moved(record, step), claim: null, settled }, settlement: 'unknown' }
  }
  const existence = existenceAfter(record, outcome)
  return {
    record: { count: record.count + step, existence, fence: record.fence, claim: null, settled: token },
    settlement: 'settled',
  }
}

/** What is known of the existence of a key once this was written. */
export function existenceAfter(
  { existence }: Pick<LedgerRecord, 'existence'>,
  outcome: Extract<Outcome, { kind: 'written' }>,
): Existence {
  if (outcome.existence !== 'keep') return outcome.existence
  return existence === 'deleted' ? 'unknown' : existence
}

/** A claim whose lease ran out: its handler may have written or not, now or later, so the version moves on. */
export function expire(record: LedgerRecord, step = 1): LedgerRecord {
  return { ...moved(record, step), claim: null }
}

/**
 * A write that went past the claims (a job, a POST below the key, a handler that was overtaken): the version
 * moves on, and a claim that stands there can no longer say what its handler produces.
 */
export function move(record: LedgerRecord, step = 1): LedgerRecord {
  return { ...moved(record, step), claim: record.claim === null ? null : { ...record.claim, doubtful: true } }
}

/** `settled` goes with the count it speaks of: a token found there always names the current version. */
function moved(record: LedgerRecord, step: number): LedgerRecord {
  return { ...record, count: record.count + step, existence: 'unknown', settled: null }
}

/** What was created or found again where the ledger knew of nothing; undefined unless it is free to be so. */
export function appear(record: LedgerRecord, step = 1): LedgerRecord | undefined {
  if (record.claim !== null || record.existence === 'present') return undefined
  // who claimed it since it was created, and ended without a certain outcome, may have written over it
  if (record.existence === 'unknown' && record.fence > 0) return undefined
  return { ...record, count: record.count + step, existence: 'present', settled: null }
}

/** What a swap away from this record must find. */
export function swapFrom(record: LedgerRecord): SwapFrom {
  return { count: record.count, token: record.claim?.token ?? null, beat: record.claim?.beat ?? 0 }
}

/** What changes between the two; a member that is the same need not be known to the store's caller. */
export function swapTo(from: LedgerRecord, to: LedgerRecord): SwapTo {
  const { claim } = to
  return {
    count: to.count,
    token: claim === null ? null : claim.token,
    beat: claim === null ? 0 : claim.beat,
    lease: claim === null ? 0 : claim.lease,
    doubtful: claim !== null && claim.doubtful,
    raiseFence: to.fence !== from.fence,
    existence: to.existence === from.existence ? undefined : to.existence,
    settled: to.settled === from.settled ? undefined : to.settled,
  }
}

/** The record that a claim may take for granted when the client names the version: free, at that count. */
export function presumed(count: number): LedgerRecord {
  return unseen(count)
}

/** A write inside a transaction, without a claim of its own; undefined while a claim stands, for its handler may be writing. */
export function commit(record: LedgerRecord, outcome: Outcome, step = 1): LedgerRecord | undefined {
  if (record.claim !== null) return undefined
  const existence = outcome.kind === 'written' ? existenceAfter(record, outcome) : record.existence
  return { ...record, count: record.count + step, existence, settled: null }
}
