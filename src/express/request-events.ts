import {
  publishRefused,
  publishSettled,
  someoneListens,
  type RefusedEvent,
  type SettledEvent,
} from './events.js'
import type { ExpressRequest } from './express-types.js'
import { routeOf } from './route-pattern.js'
import type { Setup } from './setup.js'

type Shared = 'request' | 'method' | 'mode' | 'route'

/** What one guard says of one request, to whoever listens. */
export interface RequestEvents {
  refused(about: () => Omit<RefusedEvent, Shared>): void
  settled(about: () => Omit<SettledEvent, Shared>): void
}

/** To be made when the guard begins: a router further in has another base, and a handler may pass on to another route. */
export function requestEvents({ observing, key }: Setup, req: ExpressRequest): RequestEvents {
  const route = someoneListens() ? routeOf(req, key) : undefined
  const shared = () =>
    ({ request: req, method: req.method, mode: observing ? 'observe' : 'enforce', route }) as const
  return {
    refused: (about) => {
      publishRefused(() => ({ ...about(), ...shared() }))
    },
    settled: (about) => {
      publishSettled(() => ({ ...about(), ...shared() }))
    },
  }
}
