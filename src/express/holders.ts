import type { ExpressRequest } from './express-types.js'
import type { HeldWrite } from './guarded-answer.js'
import { requestNotes } from './notes.js'
import type { WriteSession } from './sessions/session.js'

/** A guard of this request that holds a key. */
export interface Holder {
  /** undefined until its key is claimed */
  readonly session: WriteSession | undefined
  /** undefined until its handler runs */
  answer: HeldWrite | undefined
}

/** One key that is held in one ledger; those before it come after it. */
export interface Held {
  readonly ledger: object
  readonly key: string
  readonly holder: Holder
  readonly before: Held | undefined
}

/**
 * The guard of this request that holds the key in this ledger. A guard inside a guarded tree must not claim once more:
 * it would wait for itself. A table claims nothing, and there is nothing to share.
 */
export function holderOf(req: ExpressRequest, ledger: object | undefined, key: string): Holder | undefined {
  if (ledger === undefined) return undefined
  for (let held = requestNotes(req).held; held !== undefined; held = held.before)
    if (held.ledger === ledger && held.key === key) return held.holder
  return undefined
}

/** From now on this one holds it. */
export function hold(req: ExpressRequest, ledger: object | undefined, key: string, holder: Holder): void {
  if (ledger === undefined) return
  const notes = requestNotes(req)
  notes.held = { ledger, key, holder, before: notes.held }
}
