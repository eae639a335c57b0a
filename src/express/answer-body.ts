import etag from 'etag'
import type { ServerResponse } from 'node:http'
import { IfMatchError, show } from '../core/errors.js'
import type { ExpressResponse } from './express-types.js'

/** Stands in the ETag field so that Express spends no hash on it; never leaves. */
const PLACEHOLDER = 'W/"express-if-match"'

/** What was seen of the body on its way through `json` and `send`. */
export interface SeenBody {
  /** the hash of what `send` was given, before any coding (`compression`) */
  readonly content: string | undefined
  /** what `json` was given */
  readonly object: unknown
}

export interface BodyWatch {
  /** whether to spend a hash on the body: on reads */
  readonly hashes: boolean
  /** the member, and the version to put into the JSON objects that are answered with success */
  readonly embed?: { readonly member: string; readonly version: () => string | undefined }
}

/** Looks at the body where Express still has it whole. Gone once the answer leaves; nothing is copied. */
export function watchBody(res: ServerResponse, watch: BodyWatch): SeenBody {
  const answer: ExpressResponse = res
  const seen: { content: string | undefined; object: unknown } = { content: undefined, object: undefined }
  if (typeof answer.send !== 'function' || typeof answer.json !== 'function') return seen
  const send = underlying(answer, 'send')
  const json = underlying(answer, 'json')

  answer.send = function sendSeen(this: ExpressResponse, ...args: unknown[]) {
    if (!res.headersSent) {
      const [body] = args
      if (watch.hashes && res.statusCode === 200 && (typeof body === 'string' || body instanceof Uint8Array))
        seen.content = contentOf(body)
      if (!res.hasHeader('ETag')) res.setHeader('ETag', PLACEHOLDER)
    }
    return send().apply(this, args)
  }
  answer.json = function jsonSeen(this: ExpressResponse, ...args: unknown[]) {
    // Express 4 also takes (status, body), long deprecated; that form passes as it is
    if (args.length !== 1 || res.headersSent) return json().apply(this, args)
    const [body] = args
    seen.object = body
    const shown = watch.embed !== undefined && res.statusCode < 300 ? embedded(body, watch.embed) : body
    return json().call(this, shown)
  }
  return seen
}

/**
 * The same where nothing is to be seen: no body of the answers to come costs a hash. Whoever holds the answer sees to it
 * that this never leaves.
 */
export function spareHash(res: ServerResponse): void {
  if (!res.hasHeader('ETag')) res.setHeader('ETag', PLACEHOLDER)
}

type Method = (...args: unknown[]) => unknown

/** What somebody has put on this answer already, or what its application gives it: a sub-app changes the prototype. */
function underlying(res: ExpressResponse, name: 'send' | 'json'): () => Method {
  const own = Object.hasOwn(res, name) ? (Reflect.get(res, name) as Method) : undefined
  return () => own ?? (Reflect.get(Object.getPrototypeOf(res) as object, name) as Method)
}

/** The entity tag that the handler itself put on its answer. */
export function ownTag(res: ServerResponse): string | undefined {
  const tag = res.getHeader('ETag')
  return tag === undefined || tag === PLACEHOLDER ? undefined : String(tag)
}

/** The content part of a read's entity tag: a hash, made of etagc, without a dot. */
export function contentOf(body: string | Uint8Array): string {
  const bytes = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return etag(bytes).slice(1, -1)
}

function embedded(body: unknown, { member, version }: NonNullable<BodyWatch['embed']>): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const value = version()
  if (value === undefined) return body
  const plain: unknown =
    'toJSON' in body && typeof body.toJSON === 'function' ? Reflect.apply(body.toJSON, body, []) : body
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return plain
  if (Object.hasOwn(plain, member)) {
    throw new IfMatchError(
      'ERR_BODY_VERSION_TAKEN',
      `bodyVersion: the answered object has a member ${show(member)} of its own, and the two would be confused. Choose another name (ERR_BODY_VERSION_TAKEN, see docs/errors.md)`,
    )
  }
  return { ...plain, [member]: value }
}
