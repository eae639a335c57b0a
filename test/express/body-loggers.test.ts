import type { RequestHandler, Response } from 'express'
import { ifMatch, type Ledger } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { sending } from '../support/api.js'
import { majors, start, type Express } from '../support/http.js'
import { laterLedger } from '../support/ledgers.js'

/* The middleware of many an application that logs what was answered. It takes for granted that bodies are bytes. */

const beforeEnd =
  (see: () => (chunk: unknown) => void): RequestHandler =>
  (_req, res, next) => {
    const saw = see()
    const end: unknown = Reflect.get(res, 'end')
    res.end = function (this: Response, ...args: unknown[]) {
      saw(args[0])
      return Reflect.apply(end as () => Response, this, args)
    } as never
    next()
  }

const logsInto = (logged: string[]): RequestHandler =>
  beforeEnd(() => {
    const chunks: Buffer[] = []
    return (chunk) => {
      if (chunk !== undefined) chunks.push(chunk as Buffer)
      logged.push(joined(chunks))
    }
  })

/** One that failed would be called for the error page, too, and never come to an end. */
function joined(chunks: readonly Buffer[]): string {
  try {
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    return String(error)
  }
}

const kindsInto = (kinds: string[]): RequestHandler =>
  beforeEnd(() => (chunk) => {
    kinds.push(Buffer.isBuffer(chunk) ? 'bytes' : typeof chunk)
  })

type Tree = (ledger: Ledger | undefined, logger: RequestHandler) => readonly RequestHandler[]
const guard = (ledger: Ledger | undefined) => ifMatch(ledger === undefined ? {} : { ledger })

const trees: Record<string, Tree> = {
  'a tree': (ledger, logger) => [logger, guard(ledger)],
  'a tree with a read in it': (ledger, logger) => {
    const guards = guard(ledger)
    return [logger, guards, guards.read()]
  },
  'between two guards': (ledger, logger) => {
    const guards = guard(ledger)
    return [guards, logger, guards.read()]
  },
}

const answers: Record<string, (res: Response) => unknown> = {
  json: (res) => res.json({ text: 'ä' }),
  text: (res) => res.send('ä'.repeat(10)),
  status: (res) => res.sendStatus(404),
  long: (res) => res.send('ä'.repeat(2000)),
  bytes: (res) => res.send(Buffer.from('ä')),
}

/** Of this one Express itself makes no bytes. */
const tagged = (res: Response) => res.set('ETag', '"mine"').send('ä')

const ledgers = { 'at once': () => undefined, slowly: laterLedger } as const

async function site(express: Express, middleware: readonly RequestHandler[], settings: object = {}) {
  const app = express()
  for (const [name, value] of Object.entries(settings)) app.set(name, value)
  for (const one of middleware) app.use(one)
  app.all('/x/:kind', (req, res) => void (answers[req.params.kind] ?? tagged)(res))
  return sending(await start(app))
}

describe.each(majors)('%s: a logger of bodies before the guard', (_name, express) => {
  describe.each(Object.entries(trees))('%s', (title, tree) => {
    const methods = title === 'between two guards' ? ['GET'] : ['GET', 'PUT', 'POST']
    it.each(Object.entries(ledgers))('has the bytes of every answer: %s', async (_when, ledger) => {
      for (const method of methods)
        for (const kind of Object.keys(answers)) {
          const logged: string[] = []
          const send = await site(express, tree(ledger(), logsInto(logged)))
          const answer = await send(method, `/x/${kind}`)
          expect(logged, `${method} ${kind}`).toEqual([answer.text])
          expect(answer.text).not.toContain('Error')
        }
    })
  })

  it('has the bytes of a refusal', async () => {
    const logged: string[] = []
    const send = await site(express, [logsInto(logged), ifMatch({ required: true }) as RequestHandler])
    const { status, text } = await send('PUT', '/x/json')
    expect([status, logged]).toEqual([428, [text]])
  })

  it('has the bytes of a refusal in the place of an answer', async () => {
    const logged: string[] = []
    const ledger = laterLedger()
    const swap = ledger.compareAndSwap.bind(ledger)
    let swaps = 0
    const failing = {
      ...ledger,
      compareAndSwap: (...args: Parameters<Ledger['compareAndSwap']>) =>
        swaps++ === 0 ? swap(...args) : Promise.reject(new Error('the store is down')),
    }
    const send = await site(express, [logsInto(logged), ifMatch({ ledger: failing }) as RequestHandler])
    const { problem, text } = await send('PUT', '/x/json')
    expect([problem.code, logged]).toEqual(['outcome-unknown', [text]])
  })

  it.each([true, false])(
    'is handed what it is handed without a guard, with Express making tags: %s',
    async (etag) => {
      for (const method of ['GET', 'PUT']) {
        const [without, under]: [string[], string[]] = [[], []]
        for (const kind of [...Object.keys(answers), 'tagged']) {
          await (
            await site(express, [kindsInto(without)], { etag })
          )(method, `/x/${kind}`)
          const guarded = [kindsInto(under), ifMatch() as RequestHandler]
          await (
            await site(express, guarded, { etag })
          )(method, `/x/${kind}`)
        }
        expect(under).toEqual(without)
        expect(under).toContain('string')
      }
    },
  )
})
