import type { ServerResponse } from 'node:http'
import { IfMatchError } from '../core/errors.js'
import { problemOf } from '../core/problem.js'
import type { ExpressRequest, Middleware, Next } from '../express/express-types.js'
import type { RouterOptions } from './options.js'
import type { ReportData } from './report-data.js'
import { textOf } from './text.js'

/** Serves the report at the path that it is mounted on, to whom `authorize` says true. */
export function reportRouter(read: () => ReportData, options: RouterOptions | undefined): Middleware {
  if (typeof (options as { authorize?: unknown } | null | undefined)?.authorize !== 'function') {
    throw new IfMatchError(
      'ERR_AUTHORIZE_MISSING',
      "report.router(): the report names routes, clients and keys, and nobody said who may read it. Give { authorize: (req) => boolean }, such as (req) => req.user?.role === 'admin' (ERR_AUTHORIZE_MISSING, see docs/errors.md)",
    )
  }
  return function ifMatchReport(req, res, next) {
    void serve(read, options as RouterOptions, req, res, next)
  }
}

async function serve(
  read: () => ReportData,
  options: RouterOptions,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): Promise<void> {
  try {
    if (pathOf(req) !== '/') {
      next()
      return
    }
    const allowed: unknown = await options.authorize(req)
    if (allowed !== true) {
      const problem = problemOf('forbidden', { detail: 'This request may not read the report.' })
      answer(res, 403, 'application/problem+json', JSON.stringify(problem))
    } else if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD')
      answer(res, 405, 'text/plain', 'GET it, as text/plain or application/json.\n')
    } else if (wantsJson(req)) answer(res, 200, 'application/json', JSON.stringify(read(), undefined, 2))
    else answer(res, 200, 'text/plain', textOf(read()))
  } catch (error) {
    next(error)
  }
}

function pathOf({ url = '/' }: ExpressRequest): string {
  const [path = ''] = url.split('?', 1)
  return path === '' ? '/' : path
}

/** Text is for whoever does not ask for JSON by its name, as a browser and curl do not. */
function wantsJson(req: ExpressRequest): boolean {
  return (req.headers.accept ?? '').toLowerCase().includes('application/json')
}

function answer(res: ServerResponse, status: number, type: string, body: string): void {
  res.statusCode = status
  res.setHeader('Content-Type', `${type}; charset=utf-8`)
  res.setHeader('Cache-Control', 'no-store')
  // keys and clients stand in it: no browser may take it for anything else
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.end(body)
}
