import type { ServerResponse } from 'node:http'
import type { ExpressRequest, Next } from './express-types.js'
import { watchBody } from './answer-body.js'
import { rememberHeaders } from './answer-headers.js'
import { HeldAnswer, NO_TAG } from './held-answer.js'
import { sendProblem } from './problem-answer.js'
import { isRefusal } from './problems.js'
import type { Setup } from './setup.js'

/** Answers a refusal in the way the option `respond` asks for; a mistake of the application goes to its error handler. */
export function respond(
  setup: Setup,
  error: unknown,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): void {
  if (isRefusal(error) && setup.respond === 'problem') {
    // nobody has begun to answer since this guard, or whoever puts this in an answer's place has taken that back
    sendProblem(req, res, error.problem, error.headers)
    return
  }
  rememberHeaders(res)
  // whoever answers in our stead may do so with `res.json`, and Express would tag that (P7)
  new HeldAnswer(req, res, NO_TAG)
  watchBody(res, {})
  if (!isRefusal(error) || typeof setup.respond !== 'function') {
    next(error)
    return
  }
  // what the application's own function throws is the application's error handler's, and must not end the process
  const { respond: answer } = setup
  void (async () => {
    await answer(error, req, res, next)
  })().catch(next)
}
