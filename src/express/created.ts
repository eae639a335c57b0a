import type { ServerResponse } from 'node:http'
import type { GuardedWrite } from './arriving-write.js'
import type { ExpressRequest } from './express-types.js'
import type { RequestKey } from './key.js'
import type { Setup } from './setup.js'

/**
 * The resource a 201 speaks of (RFC 9110 §15.3.2): that of its Location, which is relative to the target of the request
 * (§10.2.2), and whose host is nobody's business.
 */
export function createdKey(setup: Setup, req: ExpressRequest, res: ServerResponse): RequestKey | undefined {
  const location = res.getHeader('Location')
  if (typeof location !== 'string') return undefined
  const target = req.originalUrl ?? req.url ?? '/'
  try {
    const { pathname } = new URL(location, target.startsWith('/') ? `http://localhost${target}` : target)
    const key = setup.key.ofPath(pathname)
    return key === undefined || key.below ? undefined : key
  } catch {
    // no address, or `params` would not take it: what was created is none of this tree's keys
    return undefined
  }
}

/**
 * Whether the key is certainly that of the requests to what was created. Where a proxy takes a prefix off their paths,
 * Location still has it: the tag of such a key may one day be that of another state of the resource (P2). A template
 * finds its key behind any prefix; a path is known to have none where it is directly below that of the POST.
 */
export function isNamed({ key: reader }: Setup, { key }: RequestKey, created: RequestKey): boolean {
  if (reader.template !== undefined || created.key === key) return true
  const border = created.key.lastIndexOf('/')
  return (border < 0 ? '/' : created.key.slice(0, border)) === key
}

/**
 * Whether the 201 of a guarded POST speaks of something else than its key (RFC 9110 §15.3.2): the version of a collection
 * would be taken for that of the member.
 */
export function speaksOfAnother(
  { setup, key, req, res, session }: Pick<GuardedWrite, 'setup' | 'key' | 'req' | 'res' | 'session'>,
  status: number,
): boolean {
  // the version of `current` is read off the very row that is answered
  if (status !== 201 || req.method !== 'POST' || setup.way.kind === 'current') return false
  if (session.created === true) return false
  return res.hasHeader('Location') && createdKey(setup, req, res)?.key !== key.key
}
