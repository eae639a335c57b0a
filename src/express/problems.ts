import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IfMatchError } from '../core/errors.js'
import type { Next } from './express-types.js'
import { marked } from './mark.js'
import { writeProblem } from './problem-answer.js'
import { explained } from './stale-write.js'

/**
 * The error handler for every refusal of this library that reaches the application: those thrown by
 * `write.update` and `conflict`, and all of them under `respond: 'next'`. An ORM's own error for a stale write, of a
 * handler behind the guard of a `current`, becomes a conflict where its row has changed or gone. Mount it once, after
 * the routes; other errors pass on.
 */
export function problems(): (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void {
  const answerProblem: ReturnType<typeof problems> = (error, req, res, next) => {
    const answer = (meant: unknown) => {
      if (isRefusal(meant) && !res.headersSent) writeProblem(req, res, meant.problem, meant.headers)
      else next(meant)
    }
    const explaining = isRefusal(error) || res.headersSent ? undefined : explained(req, error)
    if (explaining === undefined) answer(error)
    else void explaining.then(answer)
  }
  return marked(answerProblem, { kind: 'problems' })
}

/** Told by its shape: the error may come from the other build of this package, as a store's may. */
export function isIfMatchError(error: unknown): error is IfMatchError {
  try {
    return error instanceof Error && error.name === 'IfMatchError'
  } catch {
    // an error whose members throw is none of ours
    return false
  }
}

export type Refusal = IfMatchError & { readonly problem: NonNullable<IfMatchError['problem']> }

export function isRefusal(error: unknown): error is Refusal {
  return isIfMatchError(error) && error.problem !== undefined
}
