import { judge } from '../../../src/core/expectation.js'
import type { SwapFrom } from '../../../src/core/ledger.js'
import {
  appear,
  claim,
  expire,
  move,
  presumed,
  renew,
  settle,
  swapFrom,
  swapTo,
} from '../../../src/core/machine.js'
import type { LedgerRecord } from '../../../src/core/record.js'

/** The rules under exploration: the real functions of `core`, and what their driver and a store must do. */
export interface Rules {
  readonly appear: typeof appear
  readonly claim: typeof claim
  readonly expire: typeof expire
  readonly judge: typeof judge
  readonly move: typeof move
  readonly presumed: typeof presumed
  readonly renew: typeof renew
  readonly settle: typeof settle
  readonly swapFrom: typeof swapFrom
  readonly swapTo: typeof swapTo
  /** what a store compares before it swaps */
  readonly matches: (stored: LedgerRecord, from: SwapFrom) => boolean
  /** the driver's rules, each named by what it does; a mutant turns one off */
  readonly abortEndsNothing: boolean
  readonly judgesAfterClaim: boolean
  readonly heedsSettlement: boolean
  readonly judgesClientsVersion: boolean
  readonly readersMoveExpired: boolean
  readonly recognisesLostClaim: boolean
  readonly refusesBeforeHandler: boolean
  readonly rejudgesAfterWaiting: boolean
  readonly settlesBeforeAnswer: boolean
  readonly versionBeforeData: boolean
}

export const RULES: Rules = {
  appear,
  claim,
  expire,
  judge,
  move,
  presumed,
  renew,
  settle,
  swapFrom,
  swapTo,
  matches: (stored, from) =>
    stored.count === from.count &&
    (stored.claim?.token ?? null) === from.token &&
    (stored.claim?.beat ?? 0) === from.beat,
  abortEndsNothing: true,
  judgesAfterClaim: true,
  heedsSettlement: true,
  judgesClientsVersion: true,
  readersMoveExpired: true,
  recognisesLostClaim: true,
  refusesBeforeHandler: true,
  rejudgesAfterWaiting: true,
  settlesBeforeAnswer: true,
  versionBeforeData: true,
}
