import type { IncomingMessage } from 'node:http'
import { isComplete } from './body-arrival.js'
import type { Setup } from './setup.js'

/**
 * How long a body may still be arriving while its handler holds the key: `giveUp` is called where it is over. Undefined
 * where the body is there; the answer ends the limit.
 */
export function limitBody(
  { clock, claim }: Setup,
  req: IncomingMessage,
  giveUp: () => void,
): (() => void) | undefined {
  if (isComplete(req)) return undefined
  return clock.after(claim.body, () => {
    if (!isComplete(req)) giveUp()
  })
}
