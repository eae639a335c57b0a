import diagnostics_channel from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HandledEvent, RefusedEvent } from '../express/events.js'
import type { Route } from './routes.js'

/** What was answered on one route while somebody watched. */
export interface RouteTraffic {
  /** answers of 2xx and 304 */
  answered: number
  /** requests that a guard let through or refused */
  guarded: number
  /** writes that moved a version */
  written: number
  /** successes of a handler on a table that neither wrote nor said why */
  forgotten: number
  /** the `ifMatch()` that tagged the answers, by what their marks call `instance` */
  readonly readers: Set<object>
}

/** What was seen, by route. */
export interface TrafficSeen {
  of(route: Pick<Route, 'express' | 'method'>): RouteTraffic | undefined
}

/** Traffic that is being watched. */
export interface Traffic extends TrafficSeen {
  /** watches no longer; what was seen stays */
  stop(): void
}

const CHANNELS = {
  handled: 'express-if-match:handled',
  refused: 'express-if-match:refused',
  finished: 'http.server.response.finish',
}

/**
 * Watches what this process answers from now on, by node:diagnostics_channel: start it before the tests run, and hand
 * it to `auditRoutes` when they have. Requests that do not come over HTTP (a serverless adapter) are not seen.
 */
export function watchTraffic(): Traffic {
  const routes = new WeakMap<object, Map<string, RouteTraffic>>()
  const events = new WeakMap<object, (HandledEvent | 'refused')[]>()

  const note = (request: unknown, event: HandledEvent | 'refused') => {
    if (typeof request !== 'object' || request === null) return
    const before = events.get(request)
    if (before === undefined) events.set(request, [event])
    else before.push(event)
  }
  const onHandled = (message: unknown) => {
    const event = message as HandledEvent
    note(event.request, event)
  }
  const onRefused = (message: unknown) => {
    note((message as RefusedEvent).request, 'refused')
  }
  // only now is it known which route the request came to: a guard may stand before all of them
  const onFinished = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    const { route } = request as { route?: unknown }
    if (typeof route !== 'object' || route === null) return
    count(entry(route, request.method ?? ''), response.statusCode, events.get(request) ?? [])
  }

  const entry = (route: object, method: string): RouteTraffic => {
    const methods = routes.get(route) ?? new Map<string, RouteTraffic>()
    routes.set(route, methods)
    const known = methods.get(method) ?? {
      answered: 0,
      guarded: 0,
      written: 0,
      forgotten: 0,
      readers: new Set(),
    }
    methods.set(method, known)
    return known
  }

  diagnostics_channel.subscribe(CHANNELS.handled, onHandled)
  diagnostics_channel.subscribe(CHANNELS.refused, onRefused)
  diagnostics_channel.subscribe(CHANNELS.finished, onFinished)
  return {
    of({ express, method }) {
      const methods = routes.get(express)
      return method === 'ALL' ? sum([...(methods?.values() ?? [])]) : methods?.get(method)
    },
    stop() {
      diagnostics_channel.unsubscribe(CHANNELS.handled, onHandled)
      diagnostics_channel.unsubscribe(CHANNELS.refused, onRefused)
      diagnostics_channel.unsubscribe(CHANNELS.finished, onFinished)
    },
  }
}

function count(seen: RouteTraffic, status: number, events: readonly (HandledEvent | 'refused')[]): void {
  if (status < 300 || status === 304) seen.answered++
  const writes = events.filter((event) => event !== 'refused').filter(({ did }) => did === 'write')
  if (writes.length > 0 || events.includes('refused')) seen.guarded++
  for (const { outcome, status: answered = 500 } of writes) {
    if (outcome === 'written') seen.written++
    else if (outcome === 'unknown' && answered < 300) seen.forgotten++
  }
  for (const event of events)
    if (event !== 'refused' && event.did === 'read') seen.readers.add(event.instance)
}

function sum(all: readonly RouteTraffic[]): RouteTraffic | undefined {
  const [first, ...others] = all
  return others.reduce<RouteTraffic | undefined>(
    (one, other) =>
      one && {
        answered: one.answered + other.answered,
        guarded: one.guarded + other.guarded,
        written: one.written + other.written,
        forgotten: one.forgotten + other.forgotten,
        readers: new Set([...one.readers, ...other.readers]),
      },
    first,
  )
}
