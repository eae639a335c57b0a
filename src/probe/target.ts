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
  send(sent: Sent): Promise<Answer>
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
    send: (sent) => wire.send(sent, signal),
    curl: (sent) => curlOf(settings, sent),
  }
}
