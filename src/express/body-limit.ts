import type { IncomingMessage } from 'node:http'
import { isComplete } from './body-arrival.js'
import type { Setup } from './setup.js'

/** How long a body may still be arriving while its handler holds the key; the answer ends the limit. */
export function limitBody({ clock, claim }: Setup, req: IncomingMessage, giveUp: () => void): () => void {
  return clock.after(claim.body, () => {
    if (!isComplete(req)) giveUp()
  })
}
