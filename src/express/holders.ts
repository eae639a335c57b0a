import type { ExpressRequest } from './express-types.js'
import type { HeldWrite } from './guarded-answer.js'
import type { WriteSession } from './sessions/session.js'

/** A guard of this request that holds a key. */
export interface Holder {
  readonly session: WriteSession
  /** undefined until its handler runs */
  answer: HeldWrite | undefined
}

const HOLDERS = Symbol('express-if-match.holders')
type Holding = ExpressRequest & { [HOLDERS]?: Map<object, Map<string, Holder>> }

/**
 * The guards of one request by the keys that they hold in one ledger. A guard inside a guarded tree must not
 * claim once more: it would wait for itself.
 */
export function holdersOf(req: Holding, ledger: object | undefined): Map<string, Holder> {
  // a table claims nothing, and there is nothing to share
  if (ledger === undefined) return new Map()
  const ledgers = req[HOLDERS] ?? new Map<object, Map<string, Holder>>()
  const holders = ledgers.get(ledger) ?? new Map<string, Holder>()
  ledgers.set(ledger, holders)
  req[HOLDERS] = ledgers
  return holders
}
