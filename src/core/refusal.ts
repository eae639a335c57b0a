import { IfMatchError } from './errors.js'
import { problemHeaders, problemOf, type ProblemCode, type ProblemDetails } from './problem.js'

/** A refusal as the error that travels: to the answer, to `next`, or out of a handler or a store. */
export function refusal(
  code: ProblemCode,
  details: ProblemDetails = {},
  options?: ErrorOptions,
): IfMatchError {
  const problem = problemOf(code, details)
  return new IfMatchError(problem, problemHeaders(problem), options)
}
