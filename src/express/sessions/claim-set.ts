import type { Claims } from '../../claims/claims.js'
import type { Ending, HeldClaim } from '../../claims/held-claim.js'
import type { Expectation } from '../../core/expectation.js'
import type { Outcome } from '../../core/machine.js'
import type { LedgerRecord } from '../../core/record.js'
import { isRefusal } from '../problems.js'
import { acquireOne, lostClaim, meets, refusedClaim, writeInProgress } from './claim-one.js'
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
  /** claims further keys, in the order given, for a guard within this one; they end with the others */
  also(request: FurtherClaims, names: readonly string[]): Promise<void>
  /** ends all of them; the ending is that of the own key, or the worst of the others where that is worse */
  settle(outcome: Outcome): Promise<Ending>
  /** gives up on the handler, which may still be writing */
  abandon(): Promise<void>
}

export interface ClaimRequest extends SessionRequest {
  readonly claims: Claims
}

/** The guard within another one that moves keys which the one around it does not hold. */
export type FurtherClaims = Pick<ClaimRequest, 'setup' | 'req' | 'key' | 'claims' | 'refuse'>

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

function claimSet(own: HeldClaim, held: HeldClaim[]): ClaimSet {
  let ended = false
  const unheld: (() => Promise<unknown>)[] = []

  const claimFurther = async (request: FurtherClaims, name: string): Promise<HeldClaim> => {
    // out of the one order of all writers, a wait could be for one that waits for us
    const wait = held.every((claim) => claim.key < name) ? request.setup.claim.wait : 0
    const { signal } = new AbortController()
    const acquired = await acquireOne({ ...request, signal }, name, { kind: 'unconditional' }, wait)
    if (acquired.got !== 'claim') throw writeInProgress(request.key.key)
    if (!ended) return acquired.claim
    await acquired.claim.settle({ kind: 'unwritten' })
    throw lostClaim(request.key.key)
  }

  const settle = async (outcome: Outcome): Promise<Ending> => {
    ended = true
    const rest: Outcome = outcome.kind === 'written' ? { kind: 'written', existence: 'keep' } : outcome
    const ending = own.settle(outcome)
    const endings = await Promise.all([
      ending,
      ...held.filter((claim) => claim !== own).map((claim) => claim.settle(rest)),
    ])
    if (outcome.kind !== 'unwritten')
      await Promise.all(unheld.splice(0).map((move) => move().catch(() => undefined)))
    return endings.find(({ settlement }) => settlement !== 'settled') ?? ending
  }
  return {
    get keys() {
      return held.map((claim) => claim.key)
    },
    own,
    get record() {
      return own.record
    },
    recordOf: (key) => (held.find((claim) => claim.key === key) ?? own).record,
    get signal() {
      return own.signal
    },
    async also(request, names) {
      for (const name of names) {
        try {
          held.push(await claimFurther(request, name))
        } catch (error) {
          if (!isRefusal(error)) throw error
          request.refuse(error)
          // under `observe` it is written all the same, past the claims
          unheld.push(() => request.claims.move(name))
        }
      }
    },
    settle,
    async abandon() {
      await Promise.all([own.abandon(), settle({ kind: 'unknown' })])
    },
  }
}
