import { createHash } from 'node:crypto'
import { ifMatch, type Ledger } from 'express-if-match'
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { memoryLedger } from 'express-if-match'
import { ask, start, type Answer, type Ask, type Express } from './http.js'
import { laterLedger } from './ledgers.js'

/** An app with one route, to be served with and without the guard. */
export interface Scene extends Ask {
  /** mounted before the guard */
  readonly before?: (express: Express) => readonly RequestHandler[]
  /** mounted between the guard and the handler */
  readonly after?: (express: Express) => readonly RequestHandler[]
  readonly handler: (req: Request, res: Response, next: (error?: unknown) => void, log: Log) => unknown
  readonly onError?: (log: Log) => ErrorRequestHandler
}

/** What the parts of the app noticed, in order. */
export type Log = (entry: string) => void

export interface Played extends Answer {
  readonly log: readonly string[]
}

type Place = (route: RouteOf, before: readonly RequestHandler[], after: readonly RequestHandler[]) => void
interface RouteOf {
  readonly app: ReturnType<Express>
  readonly method: string
  readonly path: string
  readonly ledger: Ledger
  readonly handler: RequestHandler
}

function routed({ app, method, path }: RouteOf, handlers: readonly RequestHandler[]): void {
  const route = app.route(path) as unknown as Record<string, (...handlers: RequestHandler[]) => void>
  route[method.toLowerCase()]?.(...handlers)
}

const bare: Place = (route, before, after) => {
  routed(route, [...before, ...after, route.handler])
}

const guarded: Place = (route, before, after) => {
  const { ledger, handler } = route
  routed(route, [...before, ifMatch({ ledger, required: false }).guard(), ...after, handler])
}

const wrapped: Place = (route, before, after) => {
  const { ledger, handler } = route
  // the handler's own `next` is none of the wrapper's arguments: it goes through a promise
  const wrap = ifMatch({ ledger, required: false }).wrap(
    (req: Request, res: Response) =>
      new Promise<void>((resolve, reject) => {
        const next = (error?: unknown) => {
          if (error === undefined) resolve()
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          else reject(error)
        }
        const running: unknown = handler(req, res, next)
        Promise.resolve(running).then(() => resolve(), reject)
      }),
  ) as RequestHandler
  if (after.length > 0) throw new Error('nothing stands between wrap and its handler')
  routed(route, [...before, wrap])
}

const inTree: Place = (route, before, after) => {
  const { app, ledger, handler } = route
  for (const middleware of before) app.use(middleware)
  app.use(ifMatch({ ledger }))
  for (const middleware of after) app.use(middleware)
  routed(route, [handler])
}

const read: Place = (route, before, after) => {
  routed(route, [...before, ifMatch({ ledger: route.ledger }).read(), ...after, route.handler])
}

const WRITING: Readonly<Record<string, Place>> = { guard: guarded, wrap: wrapped, 'the whole tree': inTree }
const READING: Readonly<Record<string, Place>> = { read, 'the whole tree': inTree }

export interface Staging {
  readonly name: string
  readonly place: Place
  readonly ledger: () => Ledger
}

/** Every way to guard the scene, over a ledger that answers at once and over one that takes its time. */
export function stagings(scene: Scene): Staging[] {
  const isRead = ['GET', 'HEAD'].includes(scene.method ?? 'PUT')
  return Object.entries(isRead ? READING : WRITING)
    .filter(([name]) => name !== 'wrap' || scene.after === undefined)
    .flatMap(([name, place]) => [
      { name, place, ledger: memoryLedger },
      { name: `${name}, slowly`, place, ledger: laterLedger },
    ])
}

export const unguarded: Staging = { name: 'no guard', place: bare, ledger: memoryLedger }

/** Serves the scene once, asks, and tells the answer with what was logged until the response had closed. */
export async function play(express: Express, scene: Scene, { place, ledger }: Staging): Promise<Played> {
  const log: string[] = []
  const note: Log = (entry) => log.push(entry)
  const app = express()
  const closed = new Promise<void>((resolve) => {
    app.use((_req, res, next) => {
      res.once('close', () => resolve())
      next()
    })
  })
  const { handler, onError, before, after, method = 'PUT', path = '/things/1' } = scene
  place(
    {
      app,
      method,
      path: path.replace(/\?.*/, ''),
      ledger: ledger(),
      handler: ((req, res, next) => handler(req, res, next, note)) as RequestHandler,
    },
    before?.(express) ?? [],
    after?.(express) ?? [],
  )
  if (onError !== undefined) app.use(onError(note))
  app.use(withoutStack)
  app.set('env', 'test')
  const site = await start(app)
  const answer = await ask(site, { ...scene, method, path })
  await closed
  return { ...answer, log }
}

/** Express shows the stack, in which the guard is seen. */
const withoutStack: ErrorRequestHandler = (error, _req, _res, next) => {
  if (error instanceof Error) error.stack = String(error)
  next(error)
}

function digest(text: string): string {
  return `${text.length} characters, ${createHash('sha1').update(text).digest('hex')}`
}

const OWN = new Set(['etag', 'date', 'access-control-expose-headers'])

/** What must be the same with the guard and without. */
export function comparable({
  status,
  reason,
  lines,
  text,
  trailers,
  log,
  informational,
  complete,
}: Played): unknown {
  const headers = lines
    .map(([name, value]) => [name.toLowerCase(), value])
    .filter(([name]) => !OWN.has(name ?? ''))
    .sort(([a], [b]) => (a ?? '').localeCompare(b ?? ''))
  return {
    status,
    reason,
    headers,
    text: text.length > 300 ? digest(text) : text,
    trailers,
    log,
    informational,
    complete,
  }
}
