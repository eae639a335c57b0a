import type { Ending } from '../../claims/held-claim.js'
import type { Outcome } from '../../core/machine.js'
import { refusal } from '../../core/refusal.js'
import type { Settled } from './session.js'

/** What an ending means for the answer. A handler that wrote nothing is believed even where the store is lost. */
export function answerOf(
  key: string,
  outcome: Outcome,
  ending: Ending,
  version: string | undefined,
): Settled {
  if (outcome.kind === 'unwritten') {
    return { version: ending.settlement === 'settled' ? version : undefined, outcome: 'unwritten' }
  }
  // a 5xx speaks for itself, and says that nobody knows
  if (outcome.kind === 'unknown') return { version: undefined, outcome: 'unknown' }
  if (ending.settlement === 'settled') return { version, outcome: 'written' }
  return { problem: refusal('outcome-unknown', { resource: key }), outcome: 'unknown' }
}
