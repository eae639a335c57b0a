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

type Shared = Pick<RefusedEvent, 'request' | 'method' | 'mode' | 'route'>

/**
 * What one guard says of one request, to whoever listens. To be made when the guard begins: a router further in has
 * another base, and a handler may pass on to another route.
 */
export class RequestEvents {
  readonly #setup: Setup
  readonly #request: ExpressRequest
  readonly #route: string | undefined

  constructor(setup: Setup, req: ExpressRequest) {
    this.#setup = setup
    this.#request = req
    this.#route = someoneListens() ? routeOf(req, setup.key) : undefined
  }

  refused(about: () => Omit<RefusedEvent, keyof Shared>): void {
    publishRefused(() => ({ ...about(), ...this.#shared() }))
  }

  settled(about: () => Omit<SettledEvent, keyof Shared>): void {
    publishSettled(() => ({ ...about(), ...this.#shared() }))
  }

  #shared(): Shared {
    const { method } = this.#request
    const mode = this.#setup.observing ? 'observe' : 'enforce'
    return { request: this.#request, method, mode, route: this.#route }
  }
}
