import type { RequestHandler } from 'express'
import { ifMatch } from 'express-if-match'
import { auditRoutes } from 'express-if-match/audit'
import { describe, expect, it } from 'vitest'
import { answer, findings, login, MAJORS } from './support.js'

type Wrap = (fn: RequestHandler) => RequestHandler

/** As express-async-handler 1.2 has it. */
const asyncHandler: Wrap = (fn) =>
  function asyncUtilWrap(...args) {
    const fnReturn: unknown = fn(...args)
    return Promise.resolve(fnReturn).catch(args[args.length - 1] as () => void)
  }
/** The same as a compiler writes it for old targets. */
const compiled: Wrap = (fn) =>
  function (this: unknown) {
    // eslint-disable-next-line prefer-rest-params -- exactly this is tried
    return fn.apply(this, arguments as unknown as Parameters<RequestHandler>)
  }
/** As many an application has its own. */
const caught: Wrap = (fn) => (req, res, next) => Promise.resolve(fn(req, res, next)).catch(next)
const tried: Wrap = (fn) =>
  async function (req, res, next) {
    try {
      await fn(req, res, next)
    } catch (error) {
      next(error)
    }
  }
const awaiter = (_self: unknown, _given: ArrayLike<unknown>, run: () => unknown) => run()
const bound: Wrap = (fn) => asyncHandler(fn).bind(undefined)

describe.each(MAJORS)('%s: functions that hand on all that they are given', (_major, express) => {
  describe.each([
    ['express-async-handler', asyncHandler],
    ['compiled', compiled],
    ['bound', bound],
    ['with catch', caught],
    ['with try', tried],
  ])('%s', (_name, wrap) => {
    it('around what takes next are on the way, and the guard behind them is in its place', () => {
      const articles = ifMatch({ key: 'articles/:id' })
      const app = express()
      app.get('/articles/:id', wrap(login), articles.read(), wrap(answer))
      app.put('/articles/:id', wrap(login), articles.guard(), wrap(answer))
      app.all('/notes/:id', wrap(login))
      const notes = ifMatch({ key: 'notes/:id' })
      app.route('/notes/:id').get(notes.read(), answer).put(notes.guard(), wrap(answer))
      expect(findings(app)).toEqual([])
    })

    it('around what takes none are those who answer', () => {
      const articles = ifMatch({ key: 'articles/:id' })
      const app = express()
      app.put('/articles/:id', wrap(answer), articles.guard(), answer)
      app.put('/notes/:id', wrap(answer))
      app.put('/notes/:name', ifMatch({ key: 'notes/:id' }).guard(), answer)
      expect(findings(app)).toEqual([
        'guard-after-handler PUT /articles/:id',
        'guard-after-handler PUT /notes/:id',
      ])
    })
  })

  it.each<[string, Wrap]>([
    [
      'at once',
      (fn) => (req, res, next) => {
        void fn(req, res, next)
        next()
      },
    ],
    ['later', (fn) => (req, res, next) => void Promise.resolve(fn(req, res, next)).then(() => next())],
    ['by others', (fn) => (req, res, next) => void (fn(req, res, next), setImmediate(next))],
  ])('what calls next itself is on the way, whatever it calls besides: %s', (_how, wrap) => {
    const app = express()
    app.put('/articles/:id', wrap(answer), ifMatch({ key: 'articles/:id' }).guard(), answer)
    expect(findings(app)).toEqual([])
  })

  it.each<[string, RequestHandler]>([
    ['says "arguments" in a text', (_req, res) => void res.json({ error: 'the arguments are wrong' })],
    [
      'is compiled to hand on its arguments',
      // as TypeScript has an async function with a destructured parameter
      function (this: unknown, _req, res) {
        // eslint-disable-next-line prefer-rest-params -- exactly this is tried
        awaiter(this, arguments, () => res.json({}))
      },
    ],
  ])('a handler that takes no next answers, and the guard behind it is too late: one that %s', (_t, save) => {
    const app = express()
    app.put('/articles/:id', save)
    app.put('/articles/:id', ifMatch({ key: 'articles/:id' }).guard(), answer)
    expect(findings(app)).toEqual(['guard-after-handler PUT /articles/:id'])
  })

  it('the place of a finding is that of what the application wrote', () => {
    const app = express()
    app.put('/articles/:id', asyncHandler(asyncHandler(answer)))
    expect(auditRoutes(app).findings[0]?.file).toMatch(/support\.ts$/)
  })
})
