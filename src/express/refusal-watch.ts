import type { IfMatchError } from '../core/errors.js'
import type { ExpressRequest } from './express-types.js'
import { isRefusal } from './problems.js'
import { refusal } from './refusal.js'
import { requestEvents, type RequestEvents } from './request-events.js'
import type { Settled, WriteSession } from './sessions/session.js'
import type { Setup } from './setup.js'

/** Where the refusals of one request pass through: all are reported; under `observe` that is all that happens. */
export interface RefusalWatch {
  readonly events: RequestEvents
  /** of the request, once it is known */
  key: string | undefined
  /** throws it, or under `observe` goes on */
  refuse(error: IfMatchError): void
  /** what a step gives; `otherwise` stands in for it where its refusal is only reported */
  attempt<T>(step: () => T, otherwise: T): T
  /** 403, under `observe` too: who may not write may not write */
  forbid(): never
  /** the session, with what it says instead of an answer reported */
  reporting(session: WriteSession): WriteSession
}

export function watchRefusals(setup: Setup, req: ExpressRequest): RefusalWatch {
  const { observing } = setup
  const events = requestEvents(setup, req)
  // by what they say: under `observe` a work that is repeated is judged once more
  const reported = new Set<string>()

  const report = (error: unknown, enforced: boolean) => {
    if (!isRefusal(error)) return
    const { code, reason, resource, expected } = error.problem
    const said = JSON.stringify([code, reason, resource])
    if (reported.has(said)) return
    reported.add(said)
    const { key } = watch
    events.refused(() => ({ key, code, reason, expected, enforced }))
  }

  const refuse = (error: IfMatchError) => {
    report(error, !observing)
    if (!observing) throw error
  }

  const watch: RefusalWatch = {
    events,
    key: undefined,
    refuse,
    attempt(step, otherwise) {
      try {
        return step()
      } catch (error) {
        if (!isRefusal(error)) throw error
        refuse(error)
        return otherwise
      }
    },
    forbid() {
      const error = refusal('forbidden')
      report(error, true)
      throw error
    },
    reporting: (session) => ({
      ...session,
      async settle(status): Promise<Settled> {
        const settled = await session.settle(status)
        if (settled.problem === undefined) return settled
        report(settled.problem, !observing)
        if (observing && !isRefusal(settled.problem)) warn(settled.problem)
        return settled
      },
    }),
  }
  return watch
}

/** A mistake of the application that `observe` lets pass is not a silent one. */
function warn({ message, code }: IfMatchError): void {
  process.emitWarning(message, { type: 'IfMatchWarning', code })
}
