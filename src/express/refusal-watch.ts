import type { IfMatchError } from '../core/errors.js'
import type { ExpressRequest } from './express-types.js'
import { isRefusal } from './problems.js'
import { refusal } from './refusal.js'
import { RequestEvents } from './request-events.js'
import type { Settled } from './sessions/session.js'
import type { Setup } from './setup.js'

/** Where the refusals of one request pass through: all are reported; under `observe` that is all that happens. */
export class RefusalWatch {
  readonly events: RequestEvents
  /** of the request, once it is known */
  key: string | undefined
  /** by what they say: under `observe` a work that is repeated is judged once more */
  #reported: Set<string> | undefined

  constructor(
    readonly setup: Setup,
    req: ExpressRequest,
  ) {
    this.events = new RequestEvents(setup, req)
  }

  /** throws it, or under `observe` goes on; may be handed on by itself */
  readonly refuse = (error: IfMatchError): void => {
    const { observing } = this.setup
    this.#report(error, !observing)
    if (!observing) throw error
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

  #report(error: unknown, enforced: boolean): void {
    if (!isRefusal(error)) return
    const { code, reason, resource, expected } = error.problem
    const said = JSON.stringify([code, reason, resource])
    if (this.#reported?.has(said) === true) return
    this.#reported ??= new Set()
    this.#reported.add(said)
    const { key } = this
    this.events.refused(() => ({ key, code, reason, expected, enforced }))
  }
}

/** A mistake of the application that `observe` lets pass is not a silent one. */
function warn({ message, code }: IfMatchError): void {
  process.emitWarning(message, { type: 'IfMatchWarning', code })
}
