import type { Acquired } from '../../claims/acquire.js'
import type { Claims } from '../../claims/claims.js'
import type { Ending, HeldClaim } from '../../claims/held-claim.js'
import type { IfMatchError } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import type { Outcome } from '../../core/machine.js'
import { isPromise } from '../../core/promise.js'
import type { LedgerRecord } from '../../core/record.js'
import { isIfMatchError, isRefusal } from '../problems.js'
import { withoutStack } from '../without-stack.js'
import { acquireOne, meets, refusedClaim } from './claim-one.js'
import { HeldClaims } from './held-claims.js'
import { keysOf } from './keys-of-write.js'
import type { SessionRequest } from './session.js'
import { unclaimed } from './unclaimed.js'

/** The claims of one write: its own key's, and those of whatever else the route `moves`. */
export interface ClaimSet {
  readonly keys: readonly string[]
  /** undefined: `observe` lets the handler run without its claim */
  readonly own: HeldClaim | undefined
  /** of the own key */
  readonly record: LedgerRecord
  /** of one of `keys` */
  recordOf(key: string): LedgerRecord
  /** whether the claim on one of `keys` still stands: a transaction has ended that of its own key */
  stands(key: string): boolean
  readonly signal: AbortSignal
  /** claims further keys, in the order given, for a guard within this one; they end with the others */
  also(request: FurtherClaims, names: readonly string[]): Promise<void>
  /** ends all of them; the ending is that of the own key, or the worst of the others where that is worse */
  settle(outcome: Outcome): MaybePromise<Ending>
  /** gives up on the handler, which may still be writing */
  abandon(): MaybePromise<void>
}

export interface ClaimRequest extends SessionRequest {
  readonly claims: Claims
}

/** The guard within another one that moves keys which the one around it does not hold. */
export type FurtherClaims = Pick<ClaimRequest, 'setup' | 'req' | 'key' | 'claims' | 'refuse'>

/** The client went away before it was its turn: nothing was done, nobody is there to be told. */
export const ABORTED = Symbol('aborted')

/** The claims, or why there are none: the refusal is handed on, for a throw costs as much as what it tells. */
export type Claimed = ClaimSet | typeof ABORTED | IfMatchError

const UNCONDITIONAL: Expectation = { kind: 'unconditional' }

/**
 * Claims every key of a write, in one order for all writers, so that no two wait for each other. The own key is
 * claimed only in a state that meets `expectation`; the others whatever theirs.
 */
export function claimAll(request: ClaimRequest, expectation: Expectation): MaybePromise<Claimed> {
  const demand = request.setup.observing ? UNCONDITIONAL : expectation
  const claims = request.setup.moves === undefined ? claimOwn(request, demand) : claimEach(request, demand)
  return isPromise(claims)
    ? claims.then((made) => judged(request, expectation, made))
    : judged(request, expectation, claims)
}

function judged(request: ClaimRequest, expectation: Expectation, claims: Claimed): Claimed {
  if (request.setup.observing && areClaims(claims) && claims.own !== undefined)
    meets(request, request.claims.epoch, request.key.key, expectation, claims.record)
  return claims
}

function withoutClaim(request: ClaimRequest, error: unknown): ClaimSet | IfMatchError {
  if (!isRefusal(error)) throw error
  return request.enforces(error) ? error : unclaimed(request)
}

/** What was written past its claims, or after them; a store that is down is not told. */
export function movePast(claims: Claims, names: readonly string[]): Promise<unknown> {
  return Promise.all(names.map((name) => claims.move(name).catch(() => undefined)))
}

export function areClaims(claims: Claimed): claims is ClaimSet {
  return claims !== ABORTED && !isIfMatchError(claims)
}

function claimOwn(request: ClaimRequest, expectation: Expectation): MaybePromise<Claimed> {
  let acquired: MaybePromise<Acquired>
  try {
    acquired = acquireOne(request, request.key.key, expectation)
  } catch (error) {
    return withoutClaim(request, error)
  }
  return isPromise(acquired) ? ownOf(request, expectation, acquired) : ownSet(request, expectation, acquired)
}

async function ownOf(
  request: ClaimRequest,
  expectation: Expectation,
  acquiring: Promise<Acquired>,
): Promise<Claimed> {
  let acquired: Acquired
  try {
    acquired = await acquiring
  } catch (error) {
    return withoutClaim(request, error)
  }
  return ownSet(request, expectation, acquired)
}

function ownSet(request: ClaimRequest, expectation: Expectation, acquired: Acquired): MaybePromise<Claimed> {
  if (acquired.got === 'claim') return new HeldClaims(acquired.claim)
  if (acquired.got === 'aborted') return ABORTED
  const refused = withoutStack(() => refusedClaim(request, expectation, acquired))
  return isPromise(refused)
    ? refused.then((error) => withoutClaim(request, error))
    : withoutClaim(request, refused)
}

async function claimEach(request: ClaimRequest, expectation: Expectation): Promise<Claimed> {
  try {
    return await heldEach(request, keysOf(request), expectation)
  } catch (error) {
    return withoutClaim(request, error)
  }
}

async function heldEach(
  request: ClaimRequest,
  keys: readonly string[],
  expectation: Expectation,
): Promise<Claimed> {
  const { key } = request
  const held: HeldClaim[] = []
  const release = () => Promise.all(held.map(async (claim) => claim.settle({ kind: 'unwritten' })))
  let own: HeldClaim | undefined
  for (const name of keys) {
    let acquired: Acquired
    try {
      acquired = await acquireOne(request, name, name === key.key ? expectation : UNCONDITIONAL)
    } catch (error) {
      await release()
      throw error
    }
    if (acquired.got === 'claim') {
      held.push(acquired.claim)
      if (name === key.key) own = acquired.claim
      continue
    }
    await release()
    if (acquired.got === 'aborted') return ABORTED
    throw await refusedClaim(request, expectation, acquired)
  }
  return new HeldClaims(own as HeldClaim, held)
}
