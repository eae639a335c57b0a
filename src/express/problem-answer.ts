import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Problem } from '../core/problem.js'
import { restoreHeaders } from './answer-headers.js'
import { endsAtNode } from './body-hash.js'
import type { ExpressRequest } from './express-types.js'
import { isRead } from './methods.js'

const JSON_TYPES = ['application/problem+json', 'application/json']

/** For a CDN, which then has no ears for Cache-Control (RFC 9213 §2.2). */
const TARGETED = /-cache-control$|^surrogate-control$/

/** Writes a problem in place of what a handler was preparing: a handler that throws has given up its cookies, its Location. */
export function writeProblem(
  req: IncomingMessage,
  res: ServerResponse,
  problem: Problem,
  headers: Readonly<Record<string, string>>,
): void {
  restoreHeaders(res)
  sendProblem(req, res, problem, headers)
}

/**
 * Writes a problem, with `res.end` and not `res.json`: Express would put the hash of the problem's own body
 * on it as an entity tag, and a client would echo that as the version of the resource.
 */
export function sendProblem(
  req: IncomingMessage,
  res: ServerResponse,
  problem: Problem,
  headers: Readonly<Record<string, string>>,
): void {
  const { type, body } = represent(req, problem)
  res.statusCode = problem.status
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  // what one client demands, or may not see, is no answer for the next: without this, a Cache-Control from before the
  // guard lets a cache store it for the path (RFC 9111 §3). That nothing is there is true for everybody
  if (isRead(req) && problem.status !== 404) {
    for (const name of res.getHeaderNames()) if (TARGETED.test(name)) res.removeHeader(name)
    res.setHeader('Cache-Control', 'no-store')
  }
  for (const name of ['ETag', 'Last-Modified', 'Content-Encoding', 'Transfer-Encoding']) {
    // Node takes the removal of a Transfer-Encoding that is not there for a ban: what `compression` makes of this would
    // end with its connection (RFC 9112 §6.3)
    if (res.hasHeader(name)) res.removeHeader(name)
  }
  res.setHeader('Content-Type', type)
  res.setHeader('Content-Length', Buffer.byteLength(body))
  res.setHeader('X-Content-Type-Options', 'nosniff')
  if (req.method === 'HEAD') res.end()
  // as Express does: whoever logs an answer relies on bytes
  else res.end(endsAtNode(res) ? body : Buffer.from(body))
}

/** JSON unless the client would clearly rather have something else (RFC 9110 §12.5.1); never a 406. */
function represent(req: ExpressRequest, problem: Problem): { type: string; body: string } {
  const { accept } = req.headers
  // whoever takes anything gets the first of them
  const accepted =
    accept === undefined || accept === '*/*'
      ? 'application/problem+json'
      : req.accepts?.([...JSON_TYPES, 'text/html', 'text/plain'])
  if (accepted === 'text/html') return { type: 'text/html; charset=utf-8', body: page(problem) }
  if (accepted === 'text/plain')
    return {
      type: 'text/plain; charset=utf-8',
      body: `${problem.status} ${problem.title}\n${problem.detail}\n`,
    }
  const type = accepted === 'application/json' ? accepted : 'application/problem+json'
  return { type: `${type}; charset=utf-8`, body: JSON.stringify(problem) }
}

function page({ status, title, detail }: Problem): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title><h1>${status} ${escape(title)}</h1><p>${escape(detail)}</p></html>\n`
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
