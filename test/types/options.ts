import type { NextFunction, Request, Response } from 'express'
import { ifMatch, type IfMatchError } from 'express-if-match'
import { exactly } from './expect.js'

/*
 * Compiled with the types of Express 5 and of Express 4, never run: the functions that the options take, as applications
 * have them.
 */

interface Article {
  readonly id: string
  readonly version: number
}

declare function isEditor(req: Request): Promise<boolean>
declare function find(id: string): Promise<Article | undefined>

// written for Express's own requests
ifMatch({
  authorize: isEditor,
  key: (req: Request) => req.path,
  mode: (req: Request) => (req.ip === '::1' ? 'enforce' : 'observe'),
  moves: (req: Request<{ author: string }>) => [`authors/${req.params.author}`],
  respond: (error: IfMatchError, _req: Request, res: Response, next: NextFunction) => {
    if (error.problem === undefined) next(error)
    else res.status(error.problem.status).json({ code: error.code })
  },
})
const articles = ifMatch({
  key: 'articles/:id',
  current: (req: Request<{ id: string }>) => find(req.params.id),
  version: 'version',
})
articles.wrap((_req, res, write) => {
  exactly<typeof write.current, Article | undefined>(true)
  res.json(write.current)
})

// and inline
ifMatch({
  authorize: (req) => req.get('x-role') === 'editor',
  moves: (req) => [req.path],
  respond: (error, _req, res) => res.status(409).json({ code: error.code }),
})

// @ts-expect-error: of something else than a request
ifMatch({ authorize: (role: string) => role === 'editor' })
// @ts-expect-error: that says nothing
ifMatch({ authorize: (_req: Request) => undefined })
// @ts-expect-error: a promise is no key
ifMatch({ key: (req: Request) => Promise.resolve(req.path) })
