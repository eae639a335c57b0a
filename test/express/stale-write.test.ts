import type { NextFunction, Request, Response, Router } from 'express'
import { ifMatch, preconditionOf, problems, type CurrentOptions, type CurrentWrite } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { refusals, serve } from '../support/api.js'
import { majors, type Express } from '../support/http.js'
import { ORM_ERRORS, OTHER_ERRORS } from '../support/orm-errors.js'

interface Row {
  id: string
  title: string
  version: number
}

type Rows = Map<string, Row>
type Save = (rows: Rows, write: CurrentWrite<Row>, res: Response) => unknown

/** Articles whose handler does what an ORM would: PUT is wrapped, PATCH guarded, in a router of its own. */
async function api(framework: Express, save: Save, options: Partial<CurrentOptions<Row>> = {}) {
  const rows: Rows = new Map([['1', { id: '1', title: 'a', version: 1 }]])
  const looks: unknown[] = []
  const passed: unknown[] = []
  const articles = ifMatch<Row>({
    key: 'articles/:id',
    version: 'version',
    required: false,
    current: (req) => {
      looks.push(req.params?.['id'])
      const row = rows.get(String(req.params?.['id']))
      return row && { ...row }
    },
    ...options,
  })
  const handle = (req: Request, res: Response) => save(rows, preconditionOf<CurrentWrite<Row>>(req), res)
  const router: Router = framework.Router()
  router.put('/:id', articles.wrap(handle) as never)
  router.patch('/:id', articles.guard(), (req: Request, res: Response, next: NextFunction) => {
    new Promise((resolve) => resolve(handle(req, res))).catch(next)
  })
  const app = framework().use('/articles', framework.json(), router)
  app.use(problems())
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    passed.push(error)
    res.status(500).json({ passed: true })
  })
  const send = await serve(app)
  const write = (method: string, tag: string | undefined = '"1"') =>
    send(method, '/articles/1', { headers: tag === '' ? {} : { 'If-Match': tag }, body: {} })
  return { write, send, rows, looks, passed }
}

const raced: Save = (rows) => void rows.set('1', { id: '1', title: 'theirs', version: 2 })
const gone: Save = (rows) => void rows.delete('1')

/** What came between the look and the write, and then the ORM's error. */
const failing =
  (between: Save, error: unknown): Save =>
  async (...given) => {
    between(...given)
    await Promise.resolve()
    throw error
  }

const WAYS = majors.flatMap(([name, framework]) =>
  (['PUT', 'PATCH'] as const).map(
    (method) => [`${name}, ${method === 'PUT' ? 'wrap' : 'guard'}`, framework, method] as const,
  ),
)

describe.each(WAYS)("%s: an ORM's error for a stale write", (_name, framework, method) => {
  it.each(Object.entries(ORM_ERRORS))('%s is a conflict where the row has changed', async (_orm, make) => {
    const events = refusals()
    const { write, looks, passed } = await api(framework, failing(raced, make()), {
      represent: ({ title }) => ({ title }),
    })
    const answer = await write(method)
    expect(answer).toMatchObject({
      status: 409,
      problem: {
        code: 'version-conflict',
        reason: 'race',
        resource: 'articles/1',
        expected: ['1'],
        current: { version: '2', representation: { title: 'theirs' } },
        applied: 'no',
      },
    })
    expect(answer.headers.etag).toBeUndefined()
    expect([looks, passed]).toEqual([['1', '1'], []])
    expect(events).toMatchObject([
      { code: 'version-conflict', reason: 'race', key: 'articles/1', enforced: true },
    ])
  })

  it.each(Object.entries(ORM_ERRORS))('%s says so where the row has gone', async (_orm, make) => {
    const { write } = await api(framework, failing(gone, make()))
    expect(await write(method)).toMatchObject({ status: 409, problem: { reason: 'gone', applied: 'no' } })
    // it names no state now: the row is simply not there
    expect(await write(method, '')).toMatchObject({ status: 404, problem: { code: 'not-found' } })
  })

  it.each(Object.entries(ORM_ERRORS))('%s passes where the row is as it was', async (_orm, make) => {
    const error = make()
    const { write, looks, passed } = await api(
      framework,
      failing(() => {}, error),
    )
    expect(await write(method)).toMatchObject({ status: 500, json: { passed: true } })
    expect(passed).toEqual([error])
    expect(passed[0]).toBe(error)
    expect(looks).toEqual(['1', '1'])
  })

  it.each(Object.entries(OTHER_ERRORS))('is not %s, for which nothing is looked up', async (_what, make) => {
    const error = make()
    const { write, looks, passed } = await api(framework, failing(raced, error))
    expect((await write(method)).status).toBe(500)
    // compared by itself: to show a hostile one is to read it
    expect([passed.length, passed[0] === error, looks]).toEqual([1, true, ['1']])
  })

  it('is known by the application where it is an ORM that is not known', async () => {
    const stale = (error: unknown) => error instanceof Error && error.message === 'mine'
    const { write } = await api(framework, failing(raced, new Error('mine')), { stale })
    expect(await write(method)).toMatchObject({ status: 409, problem: { reason: 'race' } })
    const other = await api(framework, failing(raced, new Error('other')), { stale })
    expect((await other.write(method)).status).toBe(500)
    const broken = await api(framework, failing(raced, new Error('mine')), {
      stale: () => {
        throw new Error('in `stale`')
      },
    })
    await broken.write(method)
    expect(broken.passed).toMatchObject([{ message: 'mine' }])
  })

  it('passes as it is where the row cannot be looked up again', async () => {
    const error = ORM_ERRORS['Prisma P2025']?.()
    let looked = 0
    const { write, passed } = await api(framework, failing(raced, error), {
      current: () => {
        looked += 1
        if (looked > 1) throw new Error('down')
        return { id: '1', title: 'a', version: 1 }
      },
    })
    expect((await write(method)).status).toBe(500)
    expect(passed).toEqual([error])
  })

  it('changes nothing that was answered before it', async () => {
    const error = ORM_ERRORS['Prisma P2025']?.()
    const answering: Save = (rows, write, res) => {
      raced(rows, write, res)
      res.status(202).json({ mine: true })
    }
    const { write, looks } = await api(framework, failing(answering, error))
    expect(await write(method)).toMatchObject({ status: 202, json: { mine: true } })
    expect(looks).toEqual(['1'])
  })

  it('is only reported under `observe`', async () => {
    const events = refusals()
    const error = ORM_ERRORS['Prisma P2025']?.()
    const { write, passed } = await api(framework, failing(raced, error), { mode: 'observe' })
    expect((await write(method)).status).toBe(500)
    expect(passed).toEqual([error])
    expect(events).toMatchObject([{ code: 'version-conflict', reason: 'race', enforced: false }])
  })

  it('has an unknown effect where the handler says that it wrote', async () => {
    const wrote: Save = (rows, write, res) => {
      raced(rows, write, res)
      write.wrote()
    }
    const { write } = await api(framework, failing(wrote, ORM_ERRORS['Prisma P2025']?.()))
    expect((await write(method)).problem).toMatchObject({ reason: 'race', applied: 'unknown' })
  })

  it.each<['missed' | 'conflict', string]>([
    ['missed', 'race'],
    ['conflict', 'stale'],
  ])('write.%s() has an unknown effect too where the handler says that it wrote', async (how, reason) => {
    const { write } = await api(framework, async (rows, handle, res) => {
      raced(rows, handle, res)
      handle.wrote()
      return handle[how]()
    })
    expect((await write(method)).problem).toMatchObject({ reason, applied: 'unknown' })
  })

  it('leaves no claim behind', async () => {
    let fails = true
    const { write } = await api(
      framework,
      async (rows, handle, res) => {
        if (!fails) return res.json({})
        fails = false
        raced(rows, handle, res)
        throw ORM_ERRORS['Prisma P2025']?.()
      },
      { claim: { wait: 0 } },
    )
    expect((await write(method)).status).toBe(409)
    expect((await write(method, '"2"')).status).toBe(200)
  })
})

describe("an ORM's error for a stale write", () => {
  it('is the cause of the conflict', async () => {
    const error = ORM_ERRORS['Sequelize']?.()
    const seen: unknown[] = []
    const rows: Rows = new Map([['1', { id: '1', title: 'a', version: 1 }]])
    const { default: express } = await import('express')
    const articles = ifMatch<Row>({ key: 'articles/:id', version: 'version', current: () => rows.get('1') })
    const app = express().put(
      '/articles/:id',
      articles.wrap((_req, res, write) => failing(raced, error)(rows, write, res)),
    )
    app.delete(
      '/articles/:id',
      articles.wrap((_req, res, write) => failing(gone, error)(rows, write, res), { required: false }),
    )
    app.use((caught: unknown, _req: Request, _res: Response, next: NextFunction) => {
      seen.push(caught)
      next(caught)
    })
    const send = await serve(app.use(problems()))
    const headers = { 'If-Match': '"1"' }
    expect((await send('PUT', '/articles/1', { headers })).status).toBe(409)
    expect((await send('DELETE', '/articles/1')).status).toBe(404)
    expect(seen).toMatchObject([{ code: 'version-conflict' }, { code: 'not-found' }])
    for (const { cause } of seen as Error[]) expect(cause).toBe(error)
  })

  it('is nobody’s business on a route without a guard of `current`', async () => {
    const { default: express } = await import('express')
    const error = ORM_ERRORS['Prisma P2025']?.() as Error
    const app = express()
    app.put('/plain', () => Promise.reject(error))
    app.put('/ledger/:id', ifMatch({ key: 'ledger/:id', required: false }).guard(), () =>
      Promise.reject(error),
    )
    app.use(problems(), (caught: unknown, _req: Request, res: Response, _next: NextFunction) => {
      res.status(500).json({ same: caught === error })
    })
    const send = await serve(app)
    for (const path of ['/plain', '/ledger/1'])
      expect(await send('PUT', path)).toMatchObject({ status: 500, json: { same: true } })
  })
})
