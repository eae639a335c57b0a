import type { IncomingMessage } from 'node:http'

/**
 * RFC 9110 §9.2.1, §13.2.1: safe methods change nothing, and CONNECT selects no representation. Those with a body, and of
 * WebDAV, are in the IANA registry of methods (RFC 4918 §9.1, RFC 3253 §3.6, RFC 5323 §2).
 */
export const UNGUARDED: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'QUERY',
  'PROPFIND',
  'REPORT',
  'SEARCH',
])

/** Those that get a representation; of the other safe ones nothing is known (RFC 9110 §9.3.1, §9.3.2). */
export function isRead({ method }: Pick<IncomingMessage, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD'
}
