import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IfMatchError } from '../core/errors.js'
import type { Next } from './express-types.js'
import { writeProblem } from './problem-answer.js'

/**
 * The error handler for every refusal of this library that reaches the application: those thrown by
 * `write.update` and `conflict`, and all of them under `respond: 'next'`. Mount it once, after the routes;
 * other errors pass on.
 */
export function problems(): (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void {
  return function answerProblem(error, req, res, next) {
    if (!isRefusal(error) || res.headersSent) {
      next(error)
      return
    }
    writeProblem(req, res, error.problem, error.headers)
  }
}

/** Told by its shape: the error may come from the other build of this package. */
export function isRefusal(
  error: unknown,
): error is IfMatchError & { readonly problem: NonNullable<IfMatchError['problem']> } {
  return (
    error instanceof Error &&
    error.name === 'IfMatchError' &&
    (error as Partial<IfMatchError>).problem !== undefined
  )
}
