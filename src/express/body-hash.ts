import etag from 'etag'
import { ServerResponse } from 'node:http'
import type { ExpressResponse } from './express-types.js'

/** Stands in the ETag field so that Express spends no hash on the body; never leaves. */
const PLACEHOLDER = 'W/"express-if-match"'

/** No body of the answers to come costs a hash. Whoever holds the answer sees to it that this never leaves. */
export function spareHash(res: ServerResponse): void {
  if (!res.hasHeader('etag')) res.setHeader('ETag', PLACEHOLDER)
}

/** The entity tag that the handler itself put on its answer. */
export function ownTag(res: ServerResponse): string | undefined {
  const tag = res.getHeader('ETag')
  return tag === undefined || tag === PLACEHOLDER ? undefined : String(tag)
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- it is only compared
const { end: NODES_END } = ServerResponse.prototype

/** Nobody but Node gets what `end` is given, and Node takes text and bytes alike. */
export function endsAtNode({ end }: Pick<ServerResponse, 'end'>): boolean {
  return end === NODES_END
}

/**
 * What `end` is given by Express where nothing stands in the ETag field: of a body that it makes a tag for it makes
 * bytes first, and those who log an answer have come to rely on that (`Buffer.concat`). With the placeholder there it
 * leaves a short text as it is.
 */
export function asExpressEnds(res: ServerResponse, args: unknown[]): unknown[] {
  const [chunk, encoding, ...rest] = args
  const answer: ExpressResponse = res
  if (typeof chunk !== 'string' || chunk === '' || res.getHeader('ETag') !== PLACEHOLDER) return args
  if (typeof answer.app?.get('etag fn') !== 'function') return args
  return [Buffer.from(chunk, encoding as BufferEncoding), undefined, ...rest]
}

/** The content part of a read's entity tag: a hash, made of etagc, without a dot. */
export function contentOf(body: string | Uint8Array): string {
  const bytes = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return etag(bytes).slice(1, -1)
}
