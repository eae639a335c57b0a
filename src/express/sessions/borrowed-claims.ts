import type { Ending, HeldClaim } from '../../claims/held-claim.js'
import type { LedgerRecord } from '../../core/record.js'
import type { ClaimSet, FurtherClaims } from './claim-set.js'

/** The claims of the guard around this one, which ends them itself. */
export class BorrowedClaims implements ClaimSet {
  readonly #claims: ClaimSet

  constructor(claims: ClaimSet) {
    this.#claims = claims
  }

  get keys(): readonly string[] {
    return this.#claims.keys
  }

  get own(): HeldClaim | undefined {
    return this.#claims.own
  }

  get record(): LedgerRecord {
    return this.#claims.record
  }

  get signal(): AbortSignal {
    return this.#claims.signal
  }

  recordOf(key: string): LedgerRecord {
    return this.#claims.recordOf(key)
  }

  stands(key: string): boolean {
    return this.#claims.stands(key)
  }

  also(request: FurtherClaims, names: readonly string[]): Promise<void> {
    return this.#claims.also(request, names)
  }

  settle(): Ending {
    return { settlement: 'settled', record: this.#claims.record }
  }

  abandon(): void {
    return
  }
}
