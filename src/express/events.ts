import diagnostics_channel from 'node:diagnostics_channel'
import type { ProblemCode } from '../core/problem.js'

interface WriteEvent {
  /**
   * the path of the route that the guard stands on (`/articles/:id`, with the base of its router). For a whole tree,
   * which runs before there is one: the key template, or the path with `:id` for what looks like an identifier.
   * Undefined where nobody listened when the request came
   */
  readonly route: string | undefined
  /** in which the guard judged this request */
  readonly mode: 'enforce' | 'observe'
  readonly method: string | undefined
  /** the `req` of Express */
  readonly request: unknown
}

/** `express-if-match:refused`: a request that was not let through, or under `observe` would not have been. */
export interface RefusedEvent extends WriteEvent {
  readonly key: string | undefined
  readonly code: ProblemCode
  readonly reason?: string | undefined
  /** what the client demanded: versions, or `*`, or `absent` */
  readonly expected?: string | readonly string[] | undefined
  readonly enforced: boolean
}

/** `express-if-match:settled`: a guarded write whose handler has answered. */
export interface SettledEvent extends WriteEvent {
  readonly key: string
  readonly status: number
  /** `written`: the version moved; `unwritten`: it stayed; `unknown`: it moved on, nobody knows to what */
  readonly outcome: 'written' | 'unwritten' | 'unknown'
  /** after the write; undefined where nobody knows it, and after a DELETE of a row */
  readonly version: string | undefined
}

/** `express-if-match:handled`: a guard or a read has done its part of a request. For the route auditor. */
export interface HandledEvent {
  /** the `instance` of the guard's mark */
  readonly instance: object
  /** `read`: its tag goes on the answer; `write`: its handler has answered */
  readonly did: 'read' | 'write'
  /** of a write: how it was settled */
  readonly outcome?: 'written' | 'unwritten' | 'unknown'
  /** of a write: what its handler answered */
  readonly status?: number
  readonly request: unknown
}

const refused = diagnostics_channel.channel('express-if-match:refused')
const settled = diagnostics_channel.channel('express-if-match:settled')
const handled = diagnostics_channel.channel('express-if-match:handled')

/** Whether what an event would say is worth finding out. */
export function someoneListens(): boolean {
  return refused.hasSubscribers || settled.hasSubscribers
}

export function refusalsAreHeard(): boolean {
  return refused.hasSubscribers
}

export function publishRefused(event: () => RefusedEvent): void {
  if (refused.hasSubscribers) refused.publish(event())
}

export function publishSettled(event: () => SettledEvent): void {
  if (settled.hasSubscribers) settled.publish(event())
}

/** Whether the auditor is at work. */
export function handledIsHeard(): boolean {
  return handled.hasSubscribers
}

export function publishHandled(event: HandledEvent): void {
  handled.publish(event)
}
