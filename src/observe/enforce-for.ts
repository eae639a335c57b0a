import { createHash } from 'node:crypto'
import type { ExpressRequest } from '../express/express-types.js'
import { checkOptions, ENFORCE_RULES } from './options.js'

export interface EnforceForOptions {
  /** of the clients, from 0 (nobody) to 1 (everybody) */
  readonly share: number
  /** who sent the request: the same text, the same mode. Undefined, null or '' where nobody can say: then `observe`, below a share of 1 */
  who(req: ExpressRequest): string | undefined
  /** draws the clients anew: another text, other clients in the same share; default none */
  readonly salt?: string
}

/**
 * For the option `mode`: a share of the clients is in `enforce`, the others in `observe`, by a hash of who they are.
 * A client always gets the same mode, in every process; one that is in a share is in every larger one.
 * Throws `ERR_OPTION_INVALID` or `ERR_OPTION_UNKNOWN`.
 */
export function enforceFor(options: EnforceForOptions): (req: ExpressRequest) => 'enforce' | 'observe' {
  checkOptions('enforceFor', options, ENFORCE_RULES, ['share', 'who'])
  const { share, salt = '' } = options
  return function enforceForShare(req) {
    if (share === 1) return 'enforce'
    // a session without a user often has null there: all of those are no one client
    const who = options.who(req) as string | null | undefined
    return who !== undefined && who !== null && who !== '' && place(salt, who) < share ? 'enforce' : 'observe'
  }
}

/** Where a client stands among all, from 0 to below 1. */
function place(salt: string, who: string): number {
  return createHash('sha256').update(`${salt}\n${who}`).digest().readUInt32BE(0) / 2 ** 32
}
