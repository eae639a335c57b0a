import type { NextFunction, Request, Response } from 'express'
import { z } from 'zod'

interface OwnProblem {
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
}

/** The errors that are not the library's, in the same shape (RFC 9457): a body that will not do, and our own faults. */
export function otherProblems(error: unknown, _req: Request, res: Response, next: NextFunction): void {
  if (res.headersSent) {
    next(error)
    return
  }
  const problem = problemOf(error)
  if (problem.status >= 500) console.error(error)
  res
    .status(problem.status)
    .type('application/problem+json')
    .json({ type: 'about:blank', ...problem })
}

function problemOf(error: unknown): OwnProblem {
  if (error instanceof z.ZodError) {
    const errors = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
    const detail = errors
      .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
      .join('; ')
    return { title: 'The article will not do', status: 422, detail, errors }
  }
  // express.json() and the router: JSON that cannot be read, a body that is too large, a malformed path
  const { status, message } = error as { status?: unknown; message?: unknown }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return { title: 'The request will not do', status, detail: String(message) }
  }
  return { title: 'Something went wrong', status: 500 }
}
