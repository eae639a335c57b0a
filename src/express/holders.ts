import type { ExpressRequest } from './express-types.js'
import type { WriteSession } from './sessions/session.js'

const HOLDERS = Symbol('express-if-match.holders')
type Holding = ExpressRequest & { [HOLDERS]?: Map<object, Map<string, WriteSession>> }

/**
 * The sessions of one request by the keys that they hold in one ledger. A guard inside a guarded tree must not
 * claim once more: it would wait for itself.
 */
export function holdersOf(req: Holding, ledger: object | undefined): Map<string, WriteSession> {
  // a table claims nothing, and there is nothing to share
  if (ledger === undefined) return new Map()
  const ledgers = req[HOLDERS] ?? new Map<object, Map<string, WriteSession>>()
  const holders = ledgers.get(ledger) ?? new Map<string, WriteSession>()
  ledgers.set(ledger, holders)
  req[HOLDERS] = ledgers
  return holders
}
