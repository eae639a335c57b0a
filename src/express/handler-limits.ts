import type { IncomingMessage } from 'node:http'
import type { ProblemCode } from '../core/problem.js'
import { isComplete } from './body-arrival.js'
import type { Setup } from './setup.js'

/**
 * How long a handler may hold its key, and how long its body may still be arriving meanwhile: `giveUp` is called
 * once with the first that is over. The answer ends both limits.
 */
export function limitHandler(
  { clock, claim }: Setup,
  req: IncomingMessage,
  giveUp: (code: ProblemCode) => void,
): () => void {
  const stop = () => {
    for (const cancel of limits) cancel()
  }
  const limit = (ms: number, code: ProblemCode, isOver: () => boolean) =>
    clock.after(ms, () => {
      if (!isOver()) return
      stop()
      giveUp(code)
    })
  const limits = [limit(claim.max, 'outcome-unknown', () => true)]
  if (!isComplete(req)) limits.push(limit(claim.body, 'body-timeout', () => !isComplete(req)))
  return stop
}
