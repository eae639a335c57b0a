import type { IfMatchError } from '../../core/errors.js'
import { refusal } from '../../core/refusal.js'

/** Of an id that its column cannot hold. `cause`: the driver's error, where that is how it was found. */
export function malformedKey(cause?: unknown): IfMatchError {
  return refusal('malformed-key', {}, cause === undefined ? undefined : { cause })
}
