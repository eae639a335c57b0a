import type { Claims } from '../../claims/claims.js'
import type { ExpressRequest } from '../express-types.js'
import type { RequestKey } from '../key.js'
import { IfMatchError } from '../../core/errors.js'
import type { LedgerWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { outcomeOf, type Remarks, type WriteSession } from './session.js'

/** A write that `observe` let pass without its claim: it is counted, as one that went past the claims. */
export function unclaimedSession(
  claims: Claims | undefined,
  req: ExpressRequest,
  key: RequestKey,
): WriteSession {
  const remarks: Remarks = { unchanged: false, wrote: false }
  const controller = new AbortController()
  const handle: LedgerWrite<unknown> = {
    ...baseHandle(key.key, { kind: 'unconditional' }, remarks),
    signal: controller.signal,
    fence: 0,
    transaction: () =>
      Promise.reject(
        new IfMatchError(
          'ERR_WRITE_UNSUPPORTED',
          'write.transaction: this write has no claim under mode: observe',
        ),
      ),
  }
  return {
    handle,
    nextVersion: () => undefined,
    async settle(status) {
      const outcome = outcomeOf(status, remarks, req.method, key)
      if (outcome.kind !== 'unwritten') await claims?.move(key.key).catch(() => undefined)
      return { version: undefined, outcome: outcome.kind }
    },
    abandon: () => Promise.resolve(),
  }
}
