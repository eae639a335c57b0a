import type { RequestHandler, Response } from 'express'
import session from 'express-session'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ifMatch, preconditionOf } from 'express-if-match'
import { endingLedger, type Write } from '../support/ended-transactions.js'
import { majors, start, wire, type Express } from '../support/http.js'
import { heldLedger, laterLedger } from '../support/ledgers.js'
import { promisedLedger } from '../support/promised-stores.js'
import { comparable, play, stagings, unguarded, type Scene } from '../support/scene.js'

/*
 * Express's final handler destroys the connection when an error comes after the answer. An answer that is whole leaves
 * before that, also where what is mounted before the guard keeps its end back for a while, as `express-session` does.
 */

const sessions = (): RequestHandler =>
  session({ secret: 'test', resave: true, saveUninitialized: true, genid: () => 'fixed' })

const failure = (): Error => Object.assign(new Error('failed'), { status: 418 })

const turn = () => new Promise((resolve) => setImmediate(resolve))

const handlers: Record<string, Scene['handler']> = {
  'a throw after the answer': (_req, res) => {
    res.json({ a: 1 })
    throw failure()
  },
  'an error handed on after it': (_req, res, next) => {
    res.json({ a: 1 })
    next(failure())
  },
  'one in the next turn': async (_req, res, next) => {
    res.json({ a: 1 })
    await turn()
    next(failure())
  },
  'one after the answer was written bit by bit': (_req, res, next) => {
    res.write('a')
    res.end('b')
    next(failure())
  },
}

/** A site whose connections and their answers can be looked at. */
async function site(
  express: Express,
  before: readonly RequestHandler[],
  handler: RequestHandler,
  ledger = laterLedger(),
) {
  const app = express()
  const sockets = new Set<Socket>()
  app.set('env', 'test')
  app.use((req, _res, next) => {
    sockets.add(req.socket)
    next()
  })
  for (const one of before) app.use(one)
  app.put('/a', ifMatch({ ledger, required: false }).guard(), handler)
  const client = await wire(await start(app))
  const own = () => [...sockets].map((socket) => Object.hasOwn(socket, 'destroy'))
  return { client, own, put: () => client.send('PUT /a HTTP/1.1\r\nHost: a\r\n\r\n') }
}

const finished = (res: Response) => new Promise<void>((resolve) => res.once('finish', () => resolve()))

describe.each(majors)('%s', (_name, express) => {
  it.each(Object.entries(handlers))('the answer is whole under a session: %s', async (_title, handler) => {
    const scene: Scene = { handler, before: () => [sessions()] }
    const plain = await play(express, scene, unguarded)
    expect(plain.complete).toBe(true)
    for (const staging of stagings(scene)) {
      const seen = comparable(await play(express, scene, staging))
      expect(seen, staging.name).toEqual(comparable(plain))
    }
  })

  it('an answer that is kept back is waited for, and then the connection is closed', async () => {
    const { client, put } = await site(express, [sessions()], (_req, res, next) => {
      res.json({ a: 1 })
      next(failure())
    })
    put()
    await client.ended
    expect(client.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\{"a":1\}$/)
  })

  it('a handler may destroy what it has ended', async () => {
    const { client, put } = await site(express, [], (_req, res) => void res.end('x').destroy())
    put()
    await client.ended
    expect(client.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\nx$/)
  })

  it('what is mounted before the guard may close the connection in the place of the answer', async () => {
    const cutting: RequestHandler = (req, res, next) => {
      res.end = () => {
        req.socket.destroy()
        return res
      }
      next()
    }
    const { client, put } = await site(express, [cutting], (_req, res) => void res.json({ a: 1 }))
    put()
    await client.ended
    expect(client.received()).toBe('')
  })

  it.each([true, false])('nothing stays behind on the connection, under a session: %s', async (kept) => {
    const answers: Promise<void>[] = []
    const { client, own, put } = await site(express, kept ? [sessions()] : [], (_req, res) => {
      answers.push(finished(res))
      res.json({ a: 1 })
    })
    for (const count of [1, 2]) {
      put()
      await client.until(new RegExp(`(\\{"a":1\\}[^]*){${String(count)}}`))
      await answers[count - 1]
      await turn()
      expect(own()).toEqual([false])
    }
  })

  it('a stream that goes on is not waited for; what there is of it leaves', async () => {
    const slow = heldLedger()
    const handler: RequestHandler = (_req, res, next) => {
      slow.hold()
      res.write('a')
      next(failure())
    }
    const { client, put } = await site(express, [], handler, slow.ledger)
    put()
    await slow.asked()
    await turn()
    await turn()
    slow.release()
    await client.ended
    expect(client.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n1\r\na\r\n$/)
  })

  it('an answer that goes from one who holds it to another is waited for by both', async () => {
    const slow = heldLedger()
    const outer = ifMatch({ ledger: slow.ledger, required: false }).guard()
    const { client, put } = await site(express, [outer], async (_req, res, next) => {
      slow.hold()
      res.json({ a: 1 })
      await slow.asked()
      next(failure())
      await turn()
      await turn()
      slow.release()
    })
    put()
    await client.ended
    expect(client.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\{"a":1\}$/)
  })

  it.each([
    ['is made', 1],
    ['is made anew', 2],
  ])('one inside a transaction that %s is waited for', async (_title, runs) => {
    const ledger = endingLedger(await promisedLedger().open(), runs === 1 ? ['well'] : ['commit', 'well'])
    const app = express()
    app.set('env', 'test')
    app.put('/a', ifMatch({ ledger, required: false }).guard(), (req, res, next) => {
      let run = 0
      preconditionOf<Write>(req)
        .transaction(
          async (client) => {
            res.json({ run: ++run })
            next(failure())
            for (let turns = 0; turns < 3; turns++) await turn()
            await client.note('there')
          },
          { repeatable: true },
        )
        .catch(next)
    })
    const client = await wire(await start(app))
    client.send('PUT /a HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.ended
    expect(client.received()).toContain(`{"run":${runs}}`)
  })

  it('a client that goes away while the answer is held is noticed then', async () => {
    const slow = heldLedger()
    const gone = withResolvers()
    const handler: RequestHandler = (_req, res) => {
      res.once('close', gone.resolve)
      slow.hold()
      res.json({ a: 1 })
    }
    const { client, own, put } = await site(express, [], handler, slow.ledger)
    put()
    await slow.asked()
    client.socket.destroy()
    await gone.promise
    expect(own()).toEqual([false])
    slow.release()
  })
})

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
