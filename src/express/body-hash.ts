import etag from 'etag'
import type { ServerResponse } from 'node:http'

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

/** The content part of a read's entity tag: a hash, made of etagc, without a dot. */
export function contentOf(body: string | Uint8Array): string {
  const bytes = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return etag(bytes).slice(1, -1)
}
