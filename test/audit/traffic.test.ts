import { ifMatch, memoryTable, problems } from 'express-if-match'
import { auditRoutes, watchTraffic } from 'express-if-match/audit'
import { afterEach, describe, expect, it } from 'vitest'
import { answer, finding, findings, MAJORS, put, serving } from './support.js'

interface Row {
  id: string
  title: string
  version: number
}

describe.each(MAJORS)('what was seen, %s', (_major, express) => {
  let traffic = watchTraffic()
  traffic.stop()
  afterEach(() => {
    traffic.stop()
  })

  function tableApp(save: (write: { update(change: object): Promise<Row>; unchanged(): void }) => unknown) {
    const table = memoryTable<Row>({ rows: [{ id: '1', title: 'Draft', version: 1 }], columns: ['title'] })
    const articles = ifMatch({ key: 'articles/:id', table })
    const app = express().use(express.json())
    app.put(
      '/articles/:id',
      articles.wrap(async (_req, res, write) => {
        await save(write)
        res.json({})
      }),
    )
    return app.use(problems())
  }

  it('never-written: a handler on a table that answered with success and wrote nothing', async () => {
    traffic = watchTraffic()
    const app = tableApp(() => undefined)
    expect(findings(app, { traffic })).toEqual([])
    await serving(app, async (url) => {
      const { status } = await put(`${url}/articles/1`, { version: 1 })
      expect(status).toBe(500)
    })
    expect(findings(app, { traffic })).toEqual(['never-written PUT /articles/:id'])
    expect(finding(auditRoutes(app, { traffic }), 'never-written').known).toBe('traffic')
    expect(findings(app)).toEqual([])
  })

  it('not one that wrote once, that said why, or that was refused', async () => {
    traffic = watchTraffic()
    let times = 0
    const wrote = tableApp((write) => (times++ === 0 ? write.update({ title: 'New' }) : undefined))
    await serving(wrote, async (url) => {
      expect((await put(`${url}/articles/1`, { version: 1 })).status).toBe(200)
      expect((await put(`${url}/articles/1`, { version: 2 })).status).toBe(500)
      expect((await put(`${url}/articles/1`, {})).status).toBe(428)
    })
    const said = tableApp((write) => {
      write.unchanged()
    })
    await serving(said, async (url) => {
      expect((await put(`${url}/articles/1`, { version: 1 })).status).toBe(200)
    })
    expect(findings(wrote, { traffic })).toEqual([])
    expect(findings(said, { traffic })).toEqual([])
  })

  it('a guard that no reading of functions finds, by the requests that it handled', async () => {
    traffic = watchTraffic()
    const guards = new Map([['articles', ifMatch({ key: 'articles/:id' }).guard({ required: false })]])
    const app = express()
    app.use((req, res, next) => {
      guards.get('articles')!(req, res, next)
    })
    app.put('/articles/:id', answer)
    expect(findings(app, { traffic })).toEqual(['unguarded-write PUT /articles/:id'])
    await serving(app, async (url) => {
      expect((await put(`${url}/articles/1`, {})).status).toBe(200)
    })
    expect(findings(app, { traffic })).toEqual([])
  })

  it('a GET that answered without a tag, and one whose tag no reading of functions finds', async () => {
    traffic = watchTraffic()
    const row = { id: '1' }
    const articles = ifMatch({ key: 'articles/:id', current: () => row })
    const hidden = { articles }
    const app = express()
    app.get('/articles/:id', (_req, res) => {
      hidden.articles.send(res, row)
    })
    app.put('/articles/:id', articles.guard(), answer)
    app.get('/notes/:id', answer)
    app.put('/notes/:id', ifMatch({ key: 'notes/:id', current: () => row }).guard(), answer)
    await serving(app, async (url) => {
      await fetch(`${url}/articles/1`)
      await fetch(`${url}/notes/1`)
    })
    expect(findings(app, { traffic })).toEqual(['read-without-tag PUT /notes/:id'])
    expect(finding(auditRoutes(app, { traffic }), 'read-without-tag').known).toBe('traffic')
  })

  it('a tag of another resource, sent where no reading of functions finds it', async () => {
    traffic = watchTraffic()
    const row = { id: '1', version: 1, revision: 'a' }
    const byRevision = ifMatch({ key: 'articles/:id', current: () => row, version: 'revision' })
    const byVersion = ifMatch({ key: 'articles/:id', current: () => row, version: 'version' })
    const hidden = { byRevision }
    const app = express()
    app.get('/articles/:id', (_req, res) => {
      hidden.byRevision.send(res, row)
    })
    app.put('/articles/:id', byVersion.guard(), answer)
    app.patch('/articles/:id', byRevision.guard(), answer)
    await serving(app, async (url) => {
      await fetch(`${url}/articles/1`)
    })
    expect(findings(app)).toEqual([])
    expect(findings(app, { traffic })).toEqual(['tag-not-accepted PUT /articles/:id'])
  })

  it('not a tag of an ifMatch() that is mounted nowhere: whether it fits cannot be told', async () => {
    traffic = watchTraffic()
    const row = { id: '1' }
    const hidden = { other: ifMatch({ key: 'articles/:id', current: () => row }) }
    const app = express()
    app.get('/articles/:id', (_req, res) => {
      hidden.other.send(res, row)
    })
    app.put('/articles/:id', ifMatch({ key: 'articles/:id', current: () => row }).guard(), answer)
    expect(findings(app, { traffic })).toEqual(['read-without-tag PUT /articles/:id'])
    await serving(app, async (url) => {
      await fetch(`${url}/articles/1`)
    })
    expect(findings(app, { traffic })).toEqual([])
  })

  it('nothing any more after stop()', async () => {
    traffic = watchTraffic()
    traffic.stop()
    const app = tableApp(() => undefined)
    await serving(app, async (url) => {
      await put(`${url}/articles/1`, { version: 1 })
    })
    expect(findings(app, { traffic })).toEqual([])
    const untagged = express()
    untagged.get('/a/:id', answer)
    untagged.put('/a/:id', ifMatch({ key: 'a/:id', current: () => ({}) }).guard(), answer)
    await serving(untagged, async (url) => {
      await fetch(`${url}/a/1`)
    })
    expect(auditRoutes(untagged, { traffic }).findings.map(({ known }) => known)).toEqual(['source'])
  })
})
