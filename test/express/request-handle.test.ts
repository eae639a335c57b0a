import express, { type RequestHandler } from 'express'
import { ifMatch, preconditionOf } from 'express-if-match'
import { IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { ask, majors, start } from '../support/http.js'

type Guarded = IncomingMessage & { precondition?: unknown }

const guard = () => ifMatch({ key: 'a/:id' }).guard({ required: false })
const put = async (app: RequestListener, path = '/a/1') =>
  JSON.parse(String((await ask(await start(app), { method: 'PUT', path })).body)) as unknown

describe.each(majors)('req.precondition, %s', (_, express) => {
  const told: RequestHandler = (req, res) => {
    const { precondition } = req as Guarded
    res.json([precondition === preconditionOf(req), Object.hasOwn(req, 'precondition')])
  }

  it('is the handle, read from the prototype that all requests share', async () => {
    expect(await put(express().put('/a/:id', guard() as RequestHandler, told))).toEqual([true, false])
  })

  it('is the handle where a prototype has `req` and `res`, and takes no assignment', async () => {
    const app = express()
    const [requests, answers] = [new WeakMap<object, unknown>(), new WeakMap<object, unknown>()]
    const given = (known: WeakMap<object, unknown>) => ({
      configurable: true,
      get(this: object) {
        return known.get(this)
      },
    })
    Object.defineProperty(app.response, 'req', given(requests))
    Object.defineProperty(app.request, 'res', given(answers))
    const note: RequestHandler = (req, res, next) => {
      requests.set(res, req)
      answers.set(req, res)
      next()
    }
    app.use(note as never)
    expect(await put(app.put('/a/:id', guard() as RequestHandler, told))).toEqual([true, false])
  })

  it('is the handle in a sub-application, and after it', async () => {
    const inner = express().put('/:id', guard() as RequestHandler, (_req, _res, next) => {
      next()
    })
    expect(await put(express().use('/a', inner).use(told))).toEqual([true, false])
    expect(
      await put(
        express()
          .put('/a/:id', guard() as RequestHandler)
          .use('/a', express().use(told)),
      ),
    ).toEqual([true, false])
  })

  it('is undefined where nothing was guarded', async () => {
    const app = express()
    app.put('/a/:id', guard() as RequestHandler, told)
    app.put('/b/:id', (req, res) => {
      res.json([(req as Guarded).precondition ?? 'none'])
    })
    await put(app)
    expect(await put(app, '/b/1')).toEqual(['none'])
  })

  it('may be set to something else, on that one request', async () => {
    const app = express()
    app.put('/a/:id', guard() as RequestHandler, (req, res) => {
      ;(req as Guarded).precondition = 'mine'
      res.json([(req as Guarded).precondition, preconditionOf(req).key])
    })
    app.put('/b/:id', ifMatch({ key: 'b/:id' }).guard({ required: false }) as RequestHandler, told)
    expect(await put(app)).toEqual(['mine', 'a/1'])
    expect(await put(app, '/b/1')).toEqual([true, false])
  })

  it('is a property of the request where the application has put its own on the prototype', async () => {
    const app = express()
    Object.defineProperty(app.request, 'precondition', { get: () => 'the application’s' })
    app.put('/a/:id', guard() as RequestHandler, told)
    expect(await put(app)).toEqual([true, true])
  })
})

it('without Express it is a property of the request, and Node’s prototype stays as it is', async () => {
  const guarded = guard()
  const answer = await put((req: Guarded, res: ServerResponse) => {
    guarded(req, res, () => {
      res.end(JSON.stringify([req.precondition === preconditionOf(req), Object.hasOwn(req, 'precondition')]))
    })
  })
  expect(answer).toEqual([true, true])
  await put(express().put('/a/:id', guard() as RequestHandler, (_req, res) => res.json([])))
  expect('precondition' in IncomingMessage.prototype).toBe(false)
})
