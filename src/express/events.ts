import diagnostics_channel from 'node:diagnostics_channel'
import type { ProblemCode } from '../core/problem.js'

/** `express-if-match:refused`: a write that was not let through, or under `observe` would not have been. */
export interface RefusedEvent {
  readonly key: string | undefined
  readonly code: ProblemCode
  readonly reason?: string | undefined
  readonly method: string | undefined
  readonly enforced: boolean
  readonly request: unknown
}

/** `express-if-match:settled`: a guarded write whose handler has answered. */
export interface SettledEvent {
  readonly key: string
  readonly status: number
  /** `written`: the version moved; `unwritten`: it stayed; `unknown`: it moved on, nobody knows to what */
  readonly outcome: 'written' | 'unwritten' | 'unknown'
  readonly version: string | undefined
  readonly request: unknown
}

const refused = diagnostics_channel.channel('express-if-match:refused')
const settled = diagnostics_channel.channel('express-if-match:settled')

export function publishRefused(event: () => RefusedEvent): void {
  if (refused.hasSubscribers) refused.publish(event())
}

export function publishSettled(event: () => SettledEvent): void {
  if (settled.hasSubscribers) settled.publish(event())
}
