import type { MaybePromise } from '../core/ledger.js'
import type { ExpressRequest } from './express-types.js'
import type { Setup } from './setup.js'

/** Whether `authorize` said true, and nothing that merely looks like it: `{ allowed: false }` is no permission. */
export function isAuthorized({ authorize }: Setup, req: ExpressRequest): MaybePromise<boolean> {
  return authorize === undefined ? true : asked(authorize, req)
}

async function asked(authorize: NonNullable<Setup['authorize']>, req: ExpressRequest): Promise<boolean> {
  const allowed: unknown = await authorize(req)
  return allowed === true
}
