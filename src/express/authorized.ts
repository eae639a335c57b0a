import type { ExpressRequest } from './express-types.js'
import type { Setup } from './setup.js'

/** Whether `authorize` said true, and nothing that merely looks like it: `{ allowed: false }` is no permission. */
export async function isAuthorized({ authorize }: Setup, req: ExpressRequest): Promise<boolean> {
  if (authorize === undefined) return true
  const allowed: unknown = await authorize(req)
  return allowed === true
}
