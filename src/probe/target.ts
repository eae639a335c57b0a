import type { Bodies } from './bodies.js'
import { curlOf } from './curl.js'
import type { Settings } from './options.js'
import type { Validator } from './result.js'
import { naming, readState, type State } from './state.js'
import type { Answer, Sent, Wire } from './wire.js'

/** The resource that is probed, and all that has to be known to write to it. */
export interface Target {
  readonly settings: Settings
  readonly validator: Validator
  readonly bodies: Bodies
  read(): Promise<State>
  /** a write built on this state; `headers` in the place of those that name it */
  write(base: State, headers?: Readonly<Record<string, string>>): Sent
  /** `held`: how the last octet of its body waits */
  send(sent: Sent, held?: Promise<unknown>): Promise<Answer>
  curl(sent: Sent): string
}

export function targetOf(settings: Settings, wire: Wire, validator: Validator, bodies: Bodies): Target {
  const { method, signal } = settings
  return {
    settings,
    validator,
    bodies,
    read: () => readState(settings, wire),
    write: (base, headers = naming(validator, base)) => ({ method, headers, body: bodies.next(base) }),
    // what is under way is waited for: a write that was torn may be made after what was there is put back
    async send(sent, held) {
      signal?.throwIfAborted()
      return wire.send(sent, { held })
    },
    curl: (sent) => curlOf(settings, sent),
  }
}
