import { IfMatchError } from '../../core/errors.js'
import { problemHeaders, problemOf } from '../../core/problem.js'

/** Of an id that its column cannot hold. `cause`: the driver's error, where that is how it was found. */
export function malformedKey(cause?: unknown): IfMatchError {
  const problem = problemOf('malformed-key')
  return new IfMatchError(problem, problemHeaders(problem), cause === undefined ? undefined : { cause })
}
