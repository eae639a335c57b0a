import { IfMatchError } from '../core/errors.js'
import { problemHeaders, problemOf, type ProblemCode, type ProblemDetails } from '../core/problem.js'

/** A refusal as the error that travels: to the answer, to `next`, or out of a handler. */
export function refusal(
  code: ProblemCode,
  details: ProblemDetails = {},
  options?: ErrorOptions,
): IfMatchError {
  const problem = problemOf(code, details)
  return new IfMatchError(problem, problemHeaders(problem), options)
}

/**
 * What a guard refuses before any handler ran. Where in this library that was says nothing to anybody, and to find out
 * takes as long as the rest of the guard.
 */
export function withoutStack<Refused>(refuse: () => Refused): Refused {
  const limit = Error.stackTraceLimit
  // with --frozen-intrinsics it stays as it is
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return refuse()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}
