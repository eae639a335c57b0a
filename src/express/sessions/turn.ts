import type { Verdict } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import { requestNotes } from '../notes.js'
import { preferredWait } from '../preferred-wait.js'
import type { SessionRequest } from './session.js'

/**
 * Waits for the turn of a refused write whose client is ready to; true once it has come, false where it did not in
 * time. Undefined where nobody waits: then the conflict tells a turn. Nothing may be held meanwhile that a write needs.
 */
export function awaitTurn(
  { setup, req, res, key, arrived }: SessionRequest,
  verdict: Verdict,
): MaybePromise<boolean> | undefined {
  if (setup.observing || !isLost(verdict)) return undefined
  // RFC 7240 §4.3: from the receipt of the request, and so with the time that it has waited for its key
  const ms = Math.min(preferredWait(req), setup.claim.wait) - (setup.clock.now() - arrived)
  // a guard around this one would hold its claim meanwhile, perhaps before the very ones whose turn comes first
  return ms <= 0 || requestNotes(req).held !== undefined ? undefined : setup.lines.enter(key.key, ms, res)
}

/** Somebody else was faster, and another try may win. */
function isLost(verdict: Verdict): boolean {
  return (
    !verdict.pass &&
    verdict.code === 'version-conflict' &&
    (verdict.reason === 'stale' || verdict.reason === 'race')
  )
}
