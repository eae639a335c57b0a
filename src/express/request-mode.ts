import { optionError } from '../core/errors.js'
import type { ExpressRequest } from './express-types.js'
import type { Setup } from './setup.js'

/** The options as they hold for this request, whose mode a function may decide. */
export function setupFor(setup: Setup, req: ExpressRequest): Setup {
  const { mode } = setup
  if (typeof mode !== 'function') return setup
  const decided: unknown = mode(req)
  if (decided !== 'observe' && decided !== 'enforce')
    throw optionError('mode(req)', decided, "Return 'observe' or 'enforce', and no promise.")
  return { ...setup, observing: decided === 'observe' }
}
