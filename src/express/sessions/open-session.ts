import type { Demand } from '../demand.js'
import { IfMatchError } from '../../core/errors.js'
import type { ExpressRequest } from '../express-types.js'
import type { RequestKey } from '../key.js'
import type { Setup } from '../setup.js'
import type { ABORTED } from './claim-set.js'
import { currentSession } from './current-session.js'
import { ledgerSession } from './ledger-session.js'
import type { WriteSession } from './session.js'
import { tableSession } from './table-session.js'
import { transactionSession } from './transaction-session.js'

export interface SessionRequest {
  readonly setup: Setup
  readonly req: ExpressRequest
  readonly key: RequestKey
  readonly demand: Demand
  readonly transaction: boolean
  readonly signal: AbortSignal
}

/** Begins a guarded write in the way that the options chose. */
export async function openSession(request: SessionRequest): Promise<WriteSession | typeof ABORTED> {
  const { setup, req, key, demand, transaction, signal } = request
  const { way, claims } = setup
  if (way.kind === 'table') return tableSession(setup, way.table, req, key, demand.expectation)
  if (claims === undefined)
    throw new IfMatchError('ERR_OPTIONS_CONFLICT', 'a ledger is needed to claim a key')
  const claim = { setup, claims, req, key, expectation: demand.expectation, signal }
  if (way.kind === 'current') return currentSession(claim, way, demand)
  return transaction ? transactionSession(claim, way.ledger) : ledgerSession(claim, way.ledger)
}
