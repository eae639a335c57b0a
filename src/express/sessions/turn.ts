import type { Verdict } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import { preferredWait } from '../preferred-wait.js'
import type { SessionRequest } from './session.js'

/**
 * Waits for the turn of a refused write whose client is ready to; true once it has come, false where it did not in
 * time. Undefined where nobody waits: then the conflict tells a turn. Nothing may be held meanwhile that a write needs.
 */
export function awaitTurn(request: SessionRequest, verdict: Verdict): MaybePromise<boolean> | undefined {
  const { setup, res, key } = request
  if (!mayAwaitTurn(request, verdict)) return undefined
  return setup.lines.enter(key.key, waitOf(request), () => res.destroyed)
}

export function mayAwaitTurn(request: SessionRequest, verdict: Verdict): boolean {
  return !request.setup.observing && isLost(verdict) && waitOf(request) > 0
}

function waitOf({ setup, req }: SessionRequest): number {
  return Math.min(preferredWait(req), setup.claim.wait)
}

/** Somebody else was faster, and another try may win. */
function isLost(verdict: Verdict): boolean {
  return (
    !verdict.pass &&
    verdict.code === 'version-conflict' &&
    (verdict.reason === 'stale' || verdict.reason === 'race')
  )
}
