import type { IfMatchError } from '../core/errors.js'
import {
  publishRefused,
  publishSettled,
  refusalsAreHeard,
  someoneListens,
  type RefusedEvent,
  type SettledEvent,
} from './events.js'
import type { ExpressRequest } from './express-types.js'
import { isRefusal } from './problems.js'
import { refusal } from '../core/refusal.js'
import { routeOf } from './route-pattern.js'
import type { Settled } from './sessions/session.js'
import type { Setup } from './setup.js'

type Shared = Pick<RefusedEvent, 'request' | 'method' | 'mode' | 'route'>

/**
 * What one guard says of one request, to whoever listens, and where its refusals pass through: all are reported; under
 * `observe` that is all that happens. To be made when the guard begins: a router further in has another base, and a
 * handler may pass on to another route.
 */
export class RefusalWatch {
  readonly setup: Setup
  /** of the request, once it is known */
  key: string | undefined = undefined
  readonly #request: ExpressRequest
  readonly #route: string | undefined
  /** by what they say: under `observe` a work that is repeated is judged once more */
  #reported: Set<string> | undefined

  constructor(setup: Setup, req: ExpressRequest) {
    this.setup = setup
    this.#request = req
    this.#route = someoneListens() ? routeOf(req, setup.key) : undefined
  }

  /** throws it, or under `observe` goes on */
  refuse(error: IfMatchError): void {
    if (this.enforces(error)) throw error
  }

  /** reports it; true where the request ends by it */
  enforces(error: IfMatchError): boolean {
    const { observing } = this.setup
    this.#report(error, !observing)
    return !observing
  }

  refused(about: () => Omit<RefusedEvent, keyof Shared>): void {
    publishRefused(() => ({ ...about(), ...this.#shared() }))
  }

  ended(about: () => Omit<SettledEvent, keyof Shared>): void {
    publishSettled(() => ({ ...about(), ...this.#shared() }))
  }

  /** what a step gives; `otherwise` stands in for it where its refusal is only reported */
  attempt<T>(step: () => T, otherwise: T): T {
    try {
      return step()
    } catch (error) {
      this.excuse(error)
      return otherwise
    }
  }

  /** goes on after what a step threw, where that is a refusal and only reported */
  excuse(error: unknown): void {
    if (!isRefusal(error)) throw error
    this.refuse(error)
  }

  /** 403, under `observe` too: who may not write may not write */
  forbid(): never {
    const error = refusal('forbidden')
    this.#report(error, true)
    throw error
  }

  /** what a session says instead of an answer */
  settled(settled: Settled): Settled {
    const { problem } = settled
    if (problem === undefined) return settled
    const { observing } = this.setup
    this.#report(problem, !observing)
    if (observing && !isRefusal(problem)) warn(problem)
    return settled
  }

  #shared(): Shared {
    const { method } = this.#request
    const mode = this.setup.observing ? 'observe' : 'enforce'
    return { request: this.#request, method, mode, route: this.#route }
  }

  #report(error: unknown, enforced: boolean): void {
    if (!refusalsAreHeard() || !isRefusal(error)) return
    const { code, reason, resource, expected } = error.problem
    const said = JSON.stringify([code, reason, resource])
    if (this.#reported?.has(said) === true) return
    this.#reported ??= new Set()
    this.#reported.add(said)
    const { key } = this
    this.refused(() => ({ key, code, reason, expected, enforced }))
  }
}

/** A mistake of the application that `observe` lets pass is not a silent one. */
function warn({ message, code }: IfMatchError): void {
  process.emitWarning(message, { type: 'IfMatchWarning', code })
}
