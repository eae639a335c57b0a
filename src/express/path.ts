/*
 * One resource, one key, however its path is spelled (RFC 3986 §6.2.2): what Express decodes to one parameter is one
 * spelling here. `%2F` stays, since it is not a border between segments. Each is decoded once: `%252F` is not `/`.
 */

const UNRESERVED = /^[A-Za-z0-9\-._~]$/

/** The path of a request target, without query, in segments as they were sent; empty ones dropped. */
export function pathSegments(target: string): string[] {
  const path = withoutQuery(target)
  // an absolute-form target (RFC 9112 §3.2.2) names a host that is none of the key's business
  const rooted = path.startsWith('/') ? path : path.replace(/^[A-Za-z][A-Za-z0-9+.-]{0,31}:\/\/[^/]*/, '')
  const segments: string[] = []
  for (let from = 0; from < rooted.length;) {
    const border = rooted.indexOf('/', from)
    const end = border === -1 ? rooted.length : border
    if (end > from) segments.push(rooted.slice(from, end))
    from = end + 1
  }
  return segments
}

function withoutQuery(target: string): string {
  const query = target.indexOf('?')
  const fragment = target.indexOf('#')
  const end = query === -1 ? fragment : fragment === -1 ? query : Math.min(query, fragment)
  return end === -1 ? target : target.slice(0, end)
}

/**
 * The segment as one spelling of what Express decodes it to: `a@b` and `a%40b` are one parameter to a handler. Where
 * the octets are no UTF-8, unreserved ones are decoded and all others upper-cased.
 */
export function canonicalSegment(segment: string): string {
  const value = decodeSegment(segment)
  if (value !== undefined) return encodeURIComponent(value)
  return segment.replace(/%[0-9A-Fa-f]{2}/g, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16))
    return UNRESERVED.test(character) ? character : octet.toUpperCase()
  })
}

/** The value that Express would give the parameter; undefined where the encoding is broken. */
export function decodeSegment(segment: string): string | undefined {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/**
 * The key of a whole path. Its case is folded always: whether the router that comes after folds it cannot be seen
 * from here, and two keys for one resource would lose updates, while one key for two only costs a conflict.
 */
export function pathKey(segments: readonly string[]): string {
  return segments.map(canonicalSegment).join('/').toLowerCase()
}

/** Characters that no request target may hold (RFC 9112 §3.2), and at which Express reads it by other rules. */
export function isAmbiguous(target: string): boolean {
  return target.includes('#') || target.includes('\\')
}
