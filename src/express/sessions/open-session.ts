import { IfMatchError } from '../../core/errors.js'
import type { MaybePromise } from '../../core/ledger.js'
import type { ABORTED, ClaimSet } from './claim-set.js'
import { currentSession } from './current-session.js'
import { ledgerSession } from './ledger-session.js'
import type { SessionRequest, WriteSession } from './session.js'
import { tableSession } from './table-session.js'
import { transactionSession } from './transaction-session.js'

/** Begins a guarded write in the way that the options chose; `within`: the claims of a guard around this one. */
export function openSession(
  request: SessionRequest,
  within?: ClaimSet,
): MaybePromise<WriteSession | typeof ABORTED> {
  const { way, claims } = request.setup
  if (way.kind === 'table') return tableSession(request, way.table)
  if (claims === undefined)
    throw new IfMatchError(
      'ERR_OPTIONS_CONFLICT',
      'a ledger is needed to claim a key (ERR_OPTIONS_CONFLICT, see docs/errors.md)',
    )
  const claim = { ...request, claims }
  if (way.kind === 'current') return currentSession(claim, way, within)
  return request.transaction ? transactionSession(claim, way.ledger) : ledgerSession(claim, way.ledger)
}
