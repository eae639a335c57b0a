import type { Acquired } from '../../claims/acquire.js'
import { optionError, type IfMatchError } from '../../core/errors.js'
import { judge, type Expectation } from '../../core/expectation.js'
import { ledgerVersion, type MaybePromise } from '../../core/ledger.js'
import { isPromise } from '../../core/promise.js'
import type { LedgerRecord } from '../../core/record.js'
import { refusal } from '../../core/refusal.js'
import { failedDemand } from '../refused.js'
import type { ClaimRequest } from './claim-set.js'
import type { Judge } from './session.js'
import { awaitTurn } from './turn.js'

const RETRY_AFTER_MS = 1_000

/** Claims one key, where its state meets `expectation`. Refuses with `store-unavailable` where the store throws. */
export function acquireOne(
  { setup, claims, req, client }: Pick<ClaimRequest, 'setup' | 'claims' | 'req'> & Partial<ClaimRequest>,
  key: string,
  expectation: Expectation,
  wait = setup.claim.wait,
): MaybePromise<Acquired> {
  const { remaining } = setup.claim
  const renewing = remaining === undefined
  const lease = renewing ? setup.claim.lease : leaseLeft(remaining(req))
  let acquired: MaybePromise<Acquired>
  try {
    acquired = claims.acquire({ key, expectation, lease, renewing, wait, client })
  } catch (error) {
    throw storeUnavailable(key, error)
  }
  return isPromise(acquired) ? acquiredFrom(key, acquired) : acquired
}

async function acquiredFrom(key: string, acquiring: Promise<Acquired>): Promise<Acquired> {
  try {
    return await acquiring
  } catch (error) {
    throw storeUnavailable(key, error)
  }
}

/** Where timers freeze between requests there are no renewals: the lease is what is left of this one. */
function leaseLeft(left: unknown): number {
  if (typeof left === 'number' && Number.isFinite(left)) return Math.max(1, Math.ceil(left))
  throw optionError('claim.remaining(req)', left, 'Return the ms that are left of this invocation.')
}

export function storeUnavailable(key: string, cause: unknown): IfMatchError {
  return refusal('store-unavailable', { resource: key, retryAfterMs: RETRY_AFTER_MS }, { cause })
}

export function writeInProgress(key: string): IfMatchError {
  return refusal('write-in-progress', { resource: key, retryAfterMs: RETRY_AFTER_MS })
}

/** The claim is gone, or the whole write has ended: nothing that is written now would be counted. */
export function lostClaim(key: string): IfMatchError {
  return refusal('version-conflict', { resource: key, reason: 'race' })
}

/** What a claim that was not made means for its request; later, where its client waits for its turn. */
export function refusedClaim(
  request: ClaimRequest,
  expectation: Expectation,
  acquired: Exclude<Acquired, { got: 'claim' | 'aborted' }>,
): MaybePromise<IfMatchError> {
  const { setup, claims, key } = request
  if (acquired.got === 'busy') return writeInProgress(key.key)
  const { verdict, raced, record } = acquired
  const version = ledgerVersion(claims.epoch, record.count)
  const conflict = (inTurn = false) =>
    failedDemand(setup, verdict, { key: key.key, expectation, version, raced, inTurn })
  // whoever is shown the version is shown that of now
  const turn = setup.reveal === 'version' ? undefined : awaitTurn(request, verdict)
  return isPromise(turn) ? turn.then(conflict) : conflict(turn)
}

/** Refuses a demand that does not hold in the state of `record`. */
export function meets(
  by: Judge,
  epoch: string,
  key: string,
  expectation: Expectation,
  record: LedgerRecord,
): void {
  const version = ledgerVersion(epoch, record.count)
  const verdict = judge(expectation, { version, existence: record.existence })
  if (!verdict.pass) by.refuse(failedDemand(by.setup, verdict, { key, expectation, version }))
}
