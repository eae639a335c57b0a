import { IfMatchError } from '../../core/errors.js'
import type { MaybePromise } from '../../core/ledger.js'
import type { ClaimRequest, ClaimSet } from './claim-set.js'
import { currentSession } from './current-session.js'
import { ledgerSession } from './ledger-session.js'
import type { Opened, SessionRequest } from './session.js'
import { TableSession } from './table-session.js'
import { TransactionSession } from './transaction-session.js'

/** Begins a guarded write in the way that the options chose; `within`: the claims of a guard around this one. */
export function openSession(request: SessionRequest, within?: ClaimSet): MaybePromise<Opened> {
  const { way } = request.setup
  if (way.kind === 'table') return new TableSession(request, way.table)
  if (!hasClaims(request))
    throw new IfMatchError(
      'ERR_OPTIONS_CONFLICT',
      'a ledger is needed to claim a key (ERR_OPTIONS_CONFLICT, see docs/errors.md)',
    )
  if (way.kind === 'current') return currentSession(request, way, within)
  return request.transaction
    ? new TransactionSession(request, way.ledger)
    : ledgerSession(request, way.ledger)
}

/** Of a write on a ledger, or on what `current` finds. */
export function hasClaims<Request extends SessionRequest>(
  request: Request,
): request is Request & ClaimRequest {
  return request.claims !== undefined
}
