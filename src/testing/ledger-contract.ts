import type { ContractCase } from './contract.js'
import { claims } from './ledger/claims.js'
import { clock } from './ledger/clock.js'
import { isolation } from './ledger/isolation.js'
import { keys } from './ledger/keys.js'
import { lives } from './ledger/lives.js'
import { races } from './ledger/races.js'
import { records } from './ledger/records.js'
import { recovery } from './ledger/recovery.js'
import { swaps } from './ledger/swaps.js'
import { transactions } from './ledger/transactions.js'
import type { LedgerSubject } from './subjects.js'

/** Everything that the claim protocol relies on in a ledger. */
export const ledgerContract: readonly ContractCase<LedgerSubject>[] = [
  ...records,
  ...swaps,
  ...races,
  ...claims,
  ...recovery,
  ...lives,
  ...keys,
  ...transactions,
  ...isolation,
  ...clock,
]
