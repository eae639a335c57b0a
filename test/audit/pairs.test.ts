import type { Response } from 'express'
import { ifMatch, memoryLedger, memoryTable, problems } from 'express-if-match'
import { auditRoutes } from 'express-if-match/audit'
import { describe, expect, it } from 'vitest'
import { answer, finding, findings, MAJORS } from './support.js'

interface Row {
  id: string
  version: number
  updatedAt: Date
}
const row: Row = { id: '1', version: 1, updatedAt: new Date(0) }

describe.each(MAJORS)('reads and writes of one resource, %s', (_major, express) => {
  describe('keys-differ', () => {
    it('a template and the path on one ledger, also where they look alike', () => {
      const ledger = memoryLedger()
      const app = express()
      app.get('/articles/:id', ifMatch({ ledger, key: 'articles/:id' }).read(), answer)
      app.put('/articles/:slug', ifMatch({ ledger }).guard(), answer)
      expect(findings(app)).toEqual(['keys-differ PUT /articles/:slug'])
      expect(finding(auditRoutes(app), 'keys-differ').message).toContain(
        "read() (ledger, key 'articles/:id')",
      )
    })

    it('of two writes', () => {
      const ledger = memoryLedger()
      const api = express.Router()
      api.put('/articles/:id', ifMatch({ ledger, key: 'articles/:id' }).guard(), answer)
      api.delete('/articles/:id', ifMatch({ ledger, key: 'api/articles/:id' }).guard(), answer)
      expect(findings(express().use('/api', api))).toEqual(['keys-differ DELETE /api/articles/:id'])
    })

    it('not of one template at two mounts, and not of functions, which cannot be compared', () => {
      const ledger = memoryLedger()
      const articles = ifMatch({ ledger, key: 'articles/:id' })
      const app = express()
      app.get('/articles/:id', articles.read(), answer)
      app.put('/articles/:id', ifMatch({ ledger, key: 'articles/:id' }).guard(), answer)
      app.patch('/articles/:id', ifMatch({ ledger, key: () => 'articles/1' }).guard(), answer)
      expect(findings(app)).toEqual([])
    })
  })

  it('stores-differ: two writes that do not notice each other', () => {
    const app = express()
    app.put('/articles/:id', ifMatch({ key: 'articles/:id' }).guard(), answer)
    app.patch('/articles/:id', ifMatch({ key: 'articles/:id' }).guard(), answer)
    expect(findings(app)).toEqual(['stores-differ PATCH /articles/:id'])
  })

  describe('tag-not-accepted', () => {
    it('by another ledger, and by another way', () => {
      const table = memoryTable<Row>({})
      const app = express()
      app.get('/a/:id', ifMatch({ key: 'a/:id' }).read(), answer)
      app.put('/a/:id', ifMatch({ key: 'a/:id' }).guard(), answer)
      app.get('/b/:id', ifMatch({ key: 'b/:id' }).read(), answer)
      app.put(
        '/b/:id',
        ifMatch({ key: 'b/:id', table }).wrap((_req, _res, write) => write.update({})),
      )
      expect(findings(app)).toEqual(['tag-not-accepted PUT /a/:id', 'tag-not-accepted PUT /b/:id'])
    })

    it('by another version member, sent by send()', () => {
      const byDate = ifMatch({ key: 'a/:id', current: () => row, version: 'updatedAt' })
      const byCount = ifMatch({ key: 'a/:id', current: () => row, version: 'version' })
      const app = express()
      const show = (res: Response) => byDate.send(res, row)
      app.get('/a/:id', (_req, res) => show(res))
      app.put('/a/:id', byCount.guard(), answer)
      app.get('/b/:id', (_req, res) => byCount.send(res, row))
      app.put('/b/:id', ifMatch({ key: 'b/:id', current: () => row, version: 'version' }).guard(), answer)
      expect(findings(app)).toEqual(['tag-not-accepted PUT /a/:id'])
    })
  })

  describe('read-without-tag', () => {
    it('on a ledger, whose versions are in no row', () => {
      const app = express()
      app.get('/a/:id', answer)
      app.put('/a/:id', ifMatch({ key: 'a/:id' }).guard(), answer)
      expect(findings(app)).toEqual(['read-without-tag PUT /a/:id'])
      expect(finding(auditRoutes(app), 'read-without-tag').known).toBe('stack')
    })

    it('on rows only where no member of theirs is the version', () => {
      const app = express()
      app.get('/a/:id', answer)
      app.put('/a/:id', ifMatch({ key: 'a/:id', current: () => row }).guard(), answer)
      app.get('/b/:id', answer)
      app.put('/b/:id', ifMatch({ key: 'b/:id', current: () => row, version: 'version' }).guard(), answer)
      expect(findings(app)).toEqual(['read-without-tag PUT /a/:id'])
      expect(finding(auditRoutes(app), 'read-without-tag').known).toBe('source')
    })
  })
})

describe.each(MAJORS)('problems(), %s', (_major, express) => {
  const guard = (respond: 'next' | 'problem' = 'problem') => ifMatch({ key: 'a/:id', respond }).guard()
  const own = (error: unknown, _req: unknown, res: Response, _next: unknown) => {
    res.status(500).json({ error: String(error) })
  }
  const passing = (error: unknown, _req: unknown, _res: unknown, next: (error: unknown) => void) => {
    next(error)
  }

  it('problems-too-early: before the routes', () => {
    const app = express().use(problems())
    app.put('/a/:id', guard(), answer)
    app.get('/b', answer)
    expect(findings(app)).toEqual(['problems-too-early PUT /a/:id'])
    expect(findings(app.use(problems()))).toEqual([])
  })

  it('problems-too-early: in front of a mounted router, whose errors pass it by', () => {
    const api = express.Router()
    api.put('/a/:id', guard(), answer)
    const other = express.Router().use(problems())
    expect(findings(express().use(problems()).use('/api', api).use('/api', other))).toEqual([
      'problems-too-early PUT /api/a/:id',
    ])
  })

  it('problems-unreached: behind an error handler that answers everything', () => {
    const app = express()
    app.put('/a/:id', guard(), answer)
    expect(findings(app.use(own, problems()))).toEqual(['problems-unreached PUT /a/:id'])
    const right = express()
    right.put('/a/:id', guard(), answer)
    expect(findings(right.use(passing, problems(), own))).toEqual([])
  })

  it("problems-take-all: before the error handler that respond: 'next' means", () => {
    const app = express()
    app.put('/a/:id', guard('next'), answer)
    expect(findings(app.use(problems(), own))).toEqual(['problems-take-all PUT /a/:id'])
    const right = express()
    right.put('/a/:id', guard('next'), answer)
    expect(findings(right.use(own))).toEqual([])
  })
})
