import Database from 'libsql'
import express from 'express'
import { ifMatch, preconditionOf, problems, type CurrentWrite } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { lastResort } from '../support/orders.js'

interface Note {
  id: string
  text: string
  version: number
}

/** Notes whose handler writes with `where`; `meanwhile` runs between the look and the write, past every claim. */
function api(save: (db: Database.Database, write: CurrentWrite<Note>, text: string) => number) {
  const db = new Database(':memory:')
  db.exec(
    "CREATE TABLE notes (id TEXT PRIMARY KEY, text TEXT, version INTEGER); INSERT INTO notes VALUES ('1', 'a', 1)",
  )
  let meanwhile: string | undefined
  const find = (id: string) =>
    db.prepare('SELECT id, text, version FROM notes WHERE id = ?').all(id)[0] as Note | undefined
  const notes = ifMatch({
    key: 'notes/:id',
    version: 'version',
    bodyVersion: false,
    required: false,
    current: (req) => find(req.originalUrl?.split('/').at(-1) ?? ''),
  })
  const app = express().use(express.json())
  app.put(
    '/notes/:id',
    notes.wrap(async (req, res, write) => {
      if (meanwhile !== undefined) db.exec(meanwhile)
      if (save(db, write, req.body.text) === 0) return write.missed()
      res.json(find(req.params.id))
    }),
  )
  const between = (sql: string) => void (meanwhile = sql)
  return { between, find, served: serve(app.use(problems()).use(lastResort)) }
}

const bySql = (db: Database.Database, write: CurrentWrite<Note>, text: string) => {
  const { sql, values } = write.where('sql')
  const statement = `UPDATE notes SET text = ?, version = version + 1 WHERE id = '1' AND ${sql} RETURNING id`
  return db.prepare(statement).all(text, ...values).length
}

const put = (tag?: string) => ({
  headers: tag === undefined ? {} : { 'If-Match': tag },
  body: { text: 'b' },
})

describe('current: where() and missed()', () => {
  it('writes the version that was judged', async () => {
    const { served, find } = api(bySql)
    const send = await served
    const answer = await send('PUT', '/notes/1', put('"9", "1"'))
    expect(answer).toMatchObject({ status: 200, json: { text: 'b', version: 2 } })
    expect(answer.headers.etag).toBe('"2"')
    expect(find('1')).toMatchObject({ version: 2 })
  })

  it('catches what came between the look and the write', async () => {
    const { served, between, find } = api(bySql)
    between("UPDATE notes SET text = 'theirs', version = 2")
    const send = await served
    const answer = await send('PUT', '/notes/1', put('"1"'))
    expect(answer).toMatchObject({ status: 409, problem: { reason: 'race', applied: 'no' } })
    expect(find('1')).toMatchObject({ text: 'theirs', version: 2 })
  })

  it('says so where the row went away', async () => {
    const { served, between } = api(bySql)
    between('DELETE FROM notes')
    const send = await served
    expect(await send('PUT', '/notes/1', put('"1"'))).toMatchObject({
      status: 409,
      problem: { reason: 'gone' },
    })
  })

  it('has no predicate where the client named no state; then a missing row is a 404', async () => {
    const { served, between } = api((db, write, text) => {
      expect(write.where()).toEqual({})
      return bySql(db, write, text)
    })
    const send = await served
    expect((await send('PUT', '/notes/1', put('*'))).status).toBe(200)
    between('DELETE FROM notes')
    expect(await send('PUT', '/notes/1', put())).toMatchObject({
      status: 404,
      problem: { code: 'not-found' },
    })
  })

  it('has the forms of an ORM and of other SQL dialects', async () => {
    const seen: unknown[] = []
    const { served } = api((_db, write) => {
      seen.push(
        write.where(),
        write.where('sql', (position) => `$${position}`),
        write.current,
        write.fence > 0,
      )
      write.unchanged()
      return 1
    })
    await (
      await served
    )('PUT', '/notes/1', put('"1"'))
    expect(seen).toEqual([
      { version: 1 },
      { sql: '"version" = $1', values: [1] },
      { id: '1', text: 'a', version: 1 },
      true,
    ])
  })

  it('quotes the column, and writes the placeholder, as the dialect has it', async () => {
    const seen: unknown[] = []
    const backticks = (name: string) => `\`${name.replaceAll('`', '``')}\``
    const things = ifMatch({ key: 'things/:id', current: () => ({ 'a`"b': 1 }), version: 'a`"b' })
    const app = express().put(
      '/things/:id',
      things.wrap((_req, res, write) => {
        seen.push(
          write.where('sql'),
          write.where('sql', { quote: backticks }),
          write.where('sql', { placeholder: (position) => `:p${position}`, quote: undefined }),
          write.where('sql', { placeholder: () => '@v', quote: (name) => `[${name}]` }),
        )
        res.json({})
      }),
    )
    const answer = await (await serve(app))('PUT', '/things/1', { headers: { 'If-Match': '"1"' } })
    expect(answer.status).toBe(200)
    expect(seen).toEqual([
      { sql: '"a`""b" = ?', values: [1] },
      { sql: '`a``"b` = ?', values: [1] },
      { sql: '"a`""b" = :p1', values: [1] },
      { sql: '[a`"b] = @v', values: [1] },
    ])
  })

  it.each([null, {}, '?', { placeHolder: () => '?' }, { quote: '`' }])(
    'tells what it was given instead: %j',
    async (options) => {
      const { served } = api((_db, write) => (write.where('sql', options as never), 1))
      const answer = await (await served)('PUT', '/notes/1', put('"1"'))
      expect(answer.json).toMatchObject({ code: 'ERR_OPTION_INVALID' })
      expect(answer.json.message).toMatch(/^write\.where\('sql', options\): .*placeholder.*quote/)
    },
  )

  it('has the version that was judged, whatever the row that was found becomes', async () => {
    const row = { n: 1 }
    const things = ifMatch({ key: 'things/:id', current: () => row, version: 'n' })
    const app = express().put(
      '/things/:id',
      things.wrap((_req, res, write) => {
        row.n = 2
        res.json(write.where())
      }),
    )
    const answer = await (await serve(app))('PUT', '/things/1', { headers: { 'If-Match': '"1"' } })
    expect(answer.json).toEqual({ n: 1 })
  })

  it('looks again at the row of its own route, from a router further in', async () => {
    const looked: unknown[] = []
    const things = ifMatch({
      key: 'things/:id',
      version: 'n',
      current: (req) => {
        looked.push([req.params?.['id'], req.url, req.baseUrl, req.headers['x-tenant']])
        return { n: looked.length }
      },
    })
    const inner = express.Router()
    inner.put('/:part', (req, _res, next) => {
      expect([req.params, req.url, req.baseUrl]).toEqual([{ part: '2' }, '/2', '/things/1/parts'])
      preconditionOf<CurrentWrite<unknown>>(req).missed().catch(next)
    })
    const app = express().use('/things/:id', things.guard(), express.Router().use('/parts', inner))
    const send = await serve(app.use(problems()).use(lastResort))
    const headers = { 'If-Match': '"1"', 'X-Tenant': 'ada' }
    const answer = await send('PUT', '/things/1/parts/2', { headers })
    expect(answer).toMatchObject({ status: 409, problem: { reason: 'race' } })
    expect(looked[1]).toEqual(looked[0])
    expect(looked[0]).toEqual(['1', '/parts/2', '/things/1', 'ada'])
  })

  it('cannot name a version that is a function of the row', async () => {
    const things = ifMatch({ key: 'things/:id', current: () => ({ n: 1 }), version: ({ n }) => n })
    const app = express().use(express.json())
    app.put(
      '/things/:id',
      things.wrap((_req, res, write) => res.json(write.where())),
    )
    const send = await serve(app.use(lastResort))
    const answer = await send('PUT', '/things/1', put('"1"'))
    expect(answer.json).toMatchObject({ code: 'ERR_WRITE_UNSUPPORTED' })
  })
})
