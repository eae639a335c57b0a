import { ifMatch } from 'express-if-match'
import { auditRoutes } from 'express-if-match/audit'
import { describe, expect, it } from 'vitest'
import { answer, findings, MAJORS } from './support.js'

describe.each(MAJORS)('where routes are mounted, %s', (major, express) => {
  const paths = (app: unknown) => findings(app).map((one) => one.replace('unguarded-write ', ''))

  it('finds them in nested routers, with the parameters of their mounts', () => {
    const inner = express.Router({ mergeParams: true })
    inner.put('/comments/:comment', answer)
    const outer = express.Router()
    outer.use('/articles/:id', inner)
    outer.patch('/', answer)
    expect(paths(express().use('/api/v1', outer))).toEqual([
      'PUT /api/v1/articles/:id/comments/:comment',
      'PATCH /api/v1',
    ])
  })

  it('in mounted applications, at each of several paths', () => {
    const admin = express()
    admin.delete('/users/:id', answer)
    const app = express()
    app.use(['/admin', '/root/:tenant'], admin)
    expect(paths(app)).toEqual(['DELETE /admin/users/:id', 'DELETE /root/:tenant/users/:id'])
  })

  it('for each of several paths of one route, and for its methods', () => {
    const app = express()
    app.put(['/articles/:id', '/posts/:id'], answer)
    app.route('/notes/:id').get(answer).put(answer).delete(answer)
    expect(paths(app)).toEqual(['PUT /articles/:id', 'PUT /posts/:id', 'PUT /notes/:id', 'DELETE /notes/:id'])
    expect(auditRoutes(app).routes).toBe(5)
  })

  it('for regular expressions, as they were written', () => {
    const api = express.Router()
    api.put(/^\/articles\/(\d{2,})\/?$/, answer)
    const app = express()
    app.put(/^\/(?:a|b)\/([a-f]+)-[^x](\w*)$/i, answer)
    app.use('/api', api)
    expect(paths(app)).toEqual([
      'PUT /^\\/(?:a|b)\\/([a-f]+)-[^x](\\w*)$/i',
      'PUT /api /^\\/articles\\/(\\d{2,})\\/?$/',
    ])
  })

  it('sees the guard of one mount and not of the other', () => {
    const api = express.Router()
    api.put('/articles/:id', answer)
    const app = express()
    app.use('/safe', ifMatch())
    app.use('/safe', api)
    app.use('/api', api)
    expect(paths(app)).toEqual(['PUT /api/articles/:id'])
  })

  it('a guard inside one router is none for the router beside it', () => {
    const guarded = express.Router().use('/articles', ifMatch())
    const api = express.Router()
    api.put('/articles/:id', answer)
    api.put('/notes/:id', answer)
    // what the first router leaves alone passes through it, and its guards
    expect(paths(express().use(guarded, api))).toEqual(['PUT /notes/:id'])
  })

  it('a mount that matches half a segment is passed by, as Express does', () => {
    const app = express()
    app.use(/^\/art/, ifMatch())
    app.put('/articles/:id', answer)
    app.put('/art/:id', answer)
    expect(paths(app)).toEqual(['PUT /articles/:id'])
  })

  it('obeys case sensitivity and strict slashes as the router does', () => {
    const strict = express.Router({ caseSensitive: true })
    strict.use('/Articles', ifMatch())
    strict.put('/articles/:id', answer)
    expect(paths(express().use(strict))).toEqual(['PUT /articles/:id'])
  })

  it('looks at a router, at an application without a route, and at one that is mounted in itself', () => {
    const router = express.Router()
    router.put('/a/:id', answer)
    expect(paths(router)).toEqual(['PUT /a/:id'])
    const later =
      'The application has no route that answers anything. Where it mounts them later, look at it after that.'
    expect(auditRoutes(express())).toEqual({ findings: [], routes: 0, notes: [later] })
    const endless = express.Router()
    endless.use('/x', endless)
    endless.put('/y/:id', answer)
    expect(paths(endless)[0]).toMatch(/^PUT \/x(\/x)*\/y\/:id$/)
  })

  it('says what it could not look at', () => {
    const app = express()
    // whatever matches this cannot be made up
    app.put(/^\/(?=b)a/, answer)
    const { routes, notes } = auditRoutes(app)
    expect(routes).toBe(0)
    expect(notes).toEqual([expect.stringContaining('/^\\/(?=b)a/ could not be read')])
  })

  it(`throws for what is no application (${major})`, () => {
    for (const wrong of [undefined, {}, () => {}, 'app']) {
      expect(() => auditRoutes(wrong)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    }
  })
})
