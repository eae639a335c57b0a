import type { Claims } from '../../claims/claims.js'
import type { Ending, HeldClaim } from '../../claims/held-claim.js'
import type { Expectation } from '../../core/expectation.js'
import type { Outcome } from '../../core/machine.js'
import type { LedgerRecord } from '../../core/record.js'
import { isRefusal } from '../problems.js'
import { acquireOne, meets, refusedClaim } from './claim-one.js'
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
  readonly signal: AbortSignal
  /** ends all of them; the ending is that of the own key, or the worst of the others where that is worse */
  settle(outcome: Outcome): Promise<Ending>
  /** gives up on the handler, which may still be writing */
  abandon(): Promise<void>
}

export interface ClaimRequest extends SessionRequest {
  readonly claims: Claims
}

/** The client went away before it was its turn: nothing was done, nobody is there to be told. */
export const ABORTED = Symbol('aborted')

/**
 * Claims every key of a write, in one order for all writers, so that no two wait for each other. The own key is
 * claimed only in a state that meets `expectation`; the others whatever theirs.
 */
export async function claimAll(
  request: ClaimRequest,
  expectation: Expectation,
): Promise<ClaimSet | typeof ABORTED> {
  const { observing } = request.setup
  let claims: ClaimSet | typeof ABORTED
  try {
    claims = await claimEach(request, observing ? { kind: 'unconditional' } : expectation)
  } catch (error) {
    if (!isRefusal(error)) throw error
    request.refuse(error)
    return unclaimed(request)
  }
  if (observing && claims !== ABORTED) meets(request, request.key.key, expectation, claims.record)
  return claims
}

async function claimEach(
  request: ClaimRequest,
  expectation: Expectation,
): Promise<ClaimSet | typeof ABORTED> {
  const { key } = request
  const keys = keysOf(request)
  const held: HeldClaim[] = []
  const release = () => Promise.all(held.map((claim) => claim.settle({ kind: 'unwritten' })))
  let own: HeldClaim | undefined
  for (const name of keys) {
    const demand: Expectation = name === key.key ? expectation : { kind: 'unconditional' }
    const acquired = await acquireOne(request, name, demand).catch(async (error: unknown) => {
      await release()
      throw error
    })
    if (acquired.got === 'claim') {
      held.push(acquired.claim)
      if (name === key.key) own = acquired.claim
      continue
    }
    await release()
    if (acquired.got === 'aborted') return ABORTED
    throw refusedClaim(request, expectation, acquired)
  }
  return claimSet(own as HeldClaim, held)
}

function claimSet(own: HeldClaim, held: readonly HeldClaim[]): ClaimSet {
  const settle = async (outcome: Outcome): Promise<Ending> => {
    const rest: Outcome = outcome.kind === 'written' ? { kind: 'written', existence: 'keep' } : outcome
    const ending = own.settle(outcome)
    const endings = await Promise.all([
      ending,
      ...held.filter((claim) => claim !== own).map((claim) => claim.settle(rest)),
    ])
    return endings.find(({ settlement }) => settlement !== 'settled') ?? ending
  }
  return {
    keys: held.map((claim) => claim.key),
    own,
    get record() {
      return own.record
    },
    recordOf: (key) => (held.find((claim) => claim.key === key) ?? own).record,
    get signal() {
      return own.signal
    },
    settle,
    async abandon() {
      await Promise.all([own.abandon(), settle({ kind: 'unknown' })])
    },
  }
}
