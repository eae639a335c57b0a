import { ifMatch, memoryTable, problems } from 'express-if-match'
import { auditRoutes } from 'express-if-match/audit'
import { describe, expect, it } from 'vitest'
import { answer, finding, findings, login, MAJORS } from './support.js'

const ledger = () => ifMatch({ key: 'articles/:id' })
const table = () =>
  ifMatch({
    key: 'articles/:id',
    table: memoryTable<{ id: string; title: string; version: number }>({ columns: ['title'] }),
  })

describe.each(MAJORS)('guards, %s', (_major, express) => {
  it('says nothing of an application that is right', () => {
    const articles = ledger()
    const app = express().use(express.json())
    app.get('/articles/:id', articles.read(), answer)
    app.put('/articles/:id', login, articles.guard(), answer)
    app.patch('/articles/:id', articles.wrap(answer))
    app.route('/articles/:id').delete(articles.guard(), answer)
    app.post('/articles', answer)
    app.use(problems())
    expect(auditRoutes(app)).toEqual({ findings: [], routes: 5, notes: [] })
  })

  describe('unguarded-write', () => {
    it('names what changes and has no guard, and where it is', () => {
      const app = express()
      app.get('/articles/:id', answer)
      for (const method of ['put', 'patch', 'delete'] as const) app[method]('/articles/:id', login, answer)
      expect(findings(app)).toEqual(
        ['PUT', 'PATCH', 'DELETE'].map((method) => `unguarded-write ${method} /articles/:id`),
      )
      const { file, fix, known } = finding(auditRoutes(app), 'unguarded-write')
      expect(file).toMatch(/test[\\/]audit[\\/]support\.ts$/)
      expect({ fix, known }).toEqual({ fix: expect.stringContaining('guard()'), known: 'stack' })
    })

    it('of a POST only where its path is also written by other methods; a tree lets it pass', () => {
      const app = express().use(ifMatch())
      app.get('/profile', answer).put('/profile', answer).post('/profile', answer)
      app.post('/articles', answer)
      expect(findings(app)).toEqual(['unguarded-write POST /profile'])
    })

    it('of app.all where it answers, and not where it passes on or is the last resort', () => {
      const app = express()
      app.all('/search/:index', answer)
      app.all('/articles/:id', login)
      app.put('/articles/:id', ledger().guard(), answer)
      app.all(express === MAJORS[0]?.[1] ? '/{*rest}' : '*', answer)
      expect(findings(app)).toEqual(['unguarded-write ALL /search/:index'])
    })

    it('takes a tree, an app.all and a route of its own in front for guards', () => {
      const app = express()
      app.all('/notes/:id', ifMatch({ key: 'notes/:id' }).guard())
      app.put('/notes/:id', answer)
      const inRoute = ifMatch({ key: 'pages/:id' }).guard()
      app.route('/pages/:id').all(inRoute).put(answer)
      const notAllowed = answer
      app.route('/texts/:id').get(answer).all(notAllowed)
      app.use(ifMatch())
      app.put('/articles/:id', answer)
      expect(findings(app)).toEqual([])
    })

    it('a tree whose template the path does not have leaves it alone', () => {
      const app = express().use(ifMatch({ key: 'notes/:id' }))
      app.put('/articles/:id', answer)
      expect(findings(app)).toEqual(['unguarded-write PUT /articles/:id'])
    })

    it('a guard that another middleware calls is one still; one that it only knows is none', () => {
      const articles = ledger()
      const guard = articles.guard()
      const app = express()
      const unless = (inner: typeof guard): typeof guard => {
        return (req, res, next) => {
          if (req.method === 'PATCH') next()
          else inner(req, res, next)
        }
      }
      app.put('/articles/:id', unless(guard), answer)
      app.patch(
        '/articles/:id',
        (req, _res, next) => {
          Object.assign(req, { guards: [guard, articles] })
          next()
        },
        answer,
      )
      expect(findings(app)).toEqual(['unguarded-write PATCH /articles/:id'])
    })
  })

  describe('guard-after-handler', () => {
    it('on the route, and as a tree behind it', () => {
      const app = express()
      app.put('/articles/:id', answer, ledger().guard())
      app.put('/notes/:id', answer)
      app.use(ifMatch())
      app.put('/pages/:id', answer)
      expect(findings(app)).toEqual([
        'guard-after-handler PUT /articles/:id',
        'guard-after-handler PUT /notes/:id',
      ])
      expect(auditRoutes(app).findings[1]?.message).toContain('app.use(ifMatch(…)) (ledger, the path as key)')
    })
  })

  describe('guard-before-parser', () => {
    it('where the version is looked for in the body', () => {
      const articles = table()
      const app = express()
      app.put(
        '/articles/:id',
        articles.wrap(async (_req, res, write) => res.json(await write.update({}))),
        answer,
      )
      app.delete(
        '/articles/:id',
        articles.wrap(async (_req, _res, write) => write.delete()),
      )
      app.use(express.json())
      expect(findings(app)).toEqual(['guard-before-parser PUT /articles/:id'])
      expect(finding(auditRoutes(app), 'guard-before-parser').message).toContain('"version"')
    })

    it('a tree with bodyVersion before it, and none without', () => {
      const wrong = express().use(ifMatch({ bodyVersion: 'version' }), express.json())
      wrong.put('/articles/:id', answer)
      expect(findings(wrong)).toEqual(['guard-before-parser PUT /articles/:id'])
      const right = express().use(ifMatch(), express.json())
      right.put('/articles/:id', answer)
      expect(findings(right)).toEqual([])
      const urlencoded = express().use(express.urlencoded(), ifMatch({ bodyVersion: 'version' }))
      urlencoded.put('/articles/:id', answer)
      expect(findings(urlencoded)).toEqual([])
    })
  })

  it('key-not-in-path, of writes and reads', () => {
    const users = ifMatch({ key: 'users/:id' })
    const app = express()
    app.get('/me', users.read(), answer)
    app.put('/me', users.guard(), answer)
    app.put('/users/:user', users.guard(), answer)
    app.put(/^\/(me|users)$/, users.guard(), answer)
    expect(findings(app)).toEqual(['key-not-in-path GET /me', 'key-not-in-path PUT /me'])
  })

  it('never-written, where the handler takes no write', () => {
    const articles = table()
    const app = express()
    app.put('/articles/:id', articles.wrap(answer))
    app.patch(
      '/articles/:id',
      articles.wrap((...all) => all[2].update({})),
    )
    app.delete(
      '/articles/:id',
      articles.wrap(async (_req, _res, write) => write.delete()),
    )
    expect(findings(app)).toEqual(['never-written PUT /articles/:id'])
    expect(finding(auditRoutes(app), 'never-written').known).toBe('source')
  })
})
