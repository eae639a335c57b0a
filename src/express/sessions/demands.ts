import type { IfMatchError } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { LedgerRecord } from '../../core/record.js'
import { meets, writeInProgress } from './claim-one.js'
import {
  ABORTED,
  areClaims,
  claimAll,
  type ClaimRequest,
  type ClaimSet,
  type FurtherClaims,
} from './claim-set.js'
import type { Judge } from './session.js'

/** What one guard demands of one key. */
export interface Demanded {
  readonly name: string
  readonly expectation: Expectation
  readonly by: Judge
}

/** What the guard of a write and those within it demand, before anything is claimed. */
export class Demands {
  readonly #epoch: string
  readonly #own: Demanded
  #within: Demanded[] | undefined

  constructor(request: ClaimRequest) {
    const { claims, demand, key } = request
    this.#epoch = claims.epoch
    this.#own = { name: key.key, expectation: demand.expectation, by: request }
  }

  add(demanded: Demanded): void {
    this.#within ??= []
    this.#within.push(demanded)
  }

  /** by each in its own mode: one that enforces is enough */
  refuse(error: IfMatchError): void {
    this.#own.by.refuse(error)
    for (const { by } of this.#within ?? []) by.refuse(error)
  }

  /** refuses what does not hold in the state of the key `name` */
  judge(name: string, record: LedgerRecord): void {
    for (const demanded of [this.#own, ...(this.#within ?? [])])
      if (demanded.name === name) this.#meets(demanded, record)
  }

  /** the same of the guards within this one, on what it has claimed */
  judgeWithin(claims: ClaimSet): void {
    for (const demanded of this.#within ?? []) {
      if (claims.own === undefined) demanded.by.refuse(writeInProgress(this.#own.name))
      else this.#meets(demanded, claims.recordOf(demanded.name))
    }
  }

  #meets({ by, name, expectation }: Demanded, record: LedgerRecord): void {
    meets(by, this.#epoch, name, expectation, record)
  }
}

/** Claims the keys of a write and `further` ones, and judges the demands of the guards within it on what is claimed. */
export async function claimWithin(
  request: ClaimRequest,
  asked: FurtherClaims,
  further: readonly string[],
  demands: Demands,
): Promise<ClaimSet> {
  const claims = await claimAll(request, request.demand.expectation)
  if (!areClaims(claims)) throw claims === ABORTED ? writeInProgress(request.key.key) : claims
  try {
    await claims.also(
      asked,
      further.filter((name) => !claims.keys.includes(name)),
    )
    demands.judgeWithin(claims)
  } catch (error) {
    await claims.settle({ kind: 'unwritten' })
    throw error
  }
  return claims
}
