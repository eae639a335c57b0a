import type { IfMatchError } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { LedgerRecord } from '../../core/record.js'
import { meets, writeInProgress } from './claim-one.js'
import type { ClaimRequest, ClaimSet } from './claim-set.js'
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
