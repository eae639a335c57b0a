import type { ServerResponse } from 'node:http'
import type { IfMatchError } from '../core/errors.js'
import type { ExpressRequest, Next } from './express-types.js'
import { writeProblem } from './problem-answer.js'
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
  if (!isRefusal(error)) {
    next(error)
    return
  }
  if (setup.respond === 'problem') writeProblem(req, res, error.problem, error.headers)
  else if (setup.respond === 'next') next(error)
  else setup.respond(error as IfMatchError, req, res, next)
}
