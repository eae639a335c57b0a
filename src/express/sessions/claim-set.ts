import type { Acquired } from '../../claims/acquire.js'
import type { Claims } from '../../claims/claims.js'
import type { Ending, HeldClaim } from '../../claims/held-claim.js'
import type { Expectation } from '../../core/expectation.js'
import { IfMatchError } from '../../core/errors.js'
import { ledgerVersion } from '../../core/ledger.js'
import type { Outcome } from '../../core/machine.js'
import type { ExpressRequest } from '../express-types.js'
import type { RequestKey } from '../key.js'
import { refusal } from '../refusal.js'
import { failedDemand } from '../refused.js'
import type { Setup } from '../setup.js'

/** The claims of one write: its own key's, and those of whatever else the route `moves`. */
export interface ClaimSet {
  readonly own: HeldClaim
  /** ends all of them; the ending is that of the own key, or the worst of the others where that is worse */
  settle(outcome: Outcome): Promise<Ending>
}

export interface ClaimRequest {
  readonly setup: Setup
  readonly claims: Claims
  readonly req: ExpressRequest
  readonly key: RequestKey
  /** of the own key; the others are claimed whatever their state */
  readonly expectation: Expectation
  readonly signal: AbortSignal
}

/** The client went away before it was its turn: nothing was done, nobody is there to be told. */
export const ABORTED = Symbol('aborted')

const RETRY_AFTER_MS = 1_000

/** Claims every key of a write, in one order for all writers, so that no two wait for each other. */
export async function claimAll(request: ClaimRequest): Promise<ClaimSet | typeof ABORTED> {
  const { setup, req, key } = request
  const others = new Set(setup.moves?.(req))
  others.delete(key.key)
  const held: HeldClaim[] = []
  for (const name of [...others, key.key].sort()) {
    const acquired = await acquireOne(request, name)
    if (acquired.got === 'claim') {
      held.push(acquired.claim)
      continue
    }
    await Promise.all(held.map((claim) => claim.settle({ kind: 'unwritten' })))
    if (acquired.got === 'aborted') return ABORTED
    throw refusalOf(request, acquired)
  }
  const own = held.find((claim) => claim.key === key.key)
  if (own === undefined) throw new IfMatchError('ERR_ANSWER_LOST', `no claim was made on ${key.key}`)
  return { own, settle: (outcome) => settleAll(own, held, outcome) }
}

async function acquireOne(
  { setup, claims, req, key, expectation, signal }: ClaimRequest,
  name: string,
): Promise<Acquired> {
  const { lease, wait, remaining } = setup.claim
  try {
    return await claims.acquire({
      key: name,
      expectation: name === key.key ? expectation : { kind: 'unconditional' },
      lease: remaining === undefined ? lease : Math.max(1, remaining(req)),
      renewing: remaining === undefined,
      wait,
      signal,
    })
  } catch (error) {
    throw storeUnavailable(name, error)
  }
}

export function storeUnavailable(key: string, cause: unknown): IfMatchError {
  return refusal('store-unavailable', { resource: key, retryAfterMs: RETRY_AFTER_MS }, { cause })
}

function refusalOf(
  { setup, claims, key, expectation }: ClaimRequest,
  acquired: Exclude<Acquired, { got: 'claim' | 'aborted' }>,
): IfMatchError {
  if (acquired.got === 'busy')
    return refusal('write-in-progress', { resource: key.key, retryAfterMs: RETRY_AFTER_MS })
  const version = ledgerVersion(claims.epoch, acquired.record.count)
  return failedDemand(setup, acquired.verdict, { key: key.key, expectation, version, raced: acquired.raced })
}

async function settleAll(own: HeldClaim, held: readonly HeldClaim[], outcome: Outcome): Promise<Ending> {
  const rest: Outcome = outcome.kind === 'written' ? { kind: 'written', existence: 'keep' } : outcome
  const endings = await Promise.all(held.map((claim) => claim.settle(claim === own ? outcome : rest)))
  const ending = endings[held.indexOf(own)]
  return endings.find(({ settlement }) => settlement !== 'settled') ?? (ending as Ending)
}
