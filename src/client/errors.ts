import type { ProblemCode } from '../core/problem.js'
import type { ClientProblem } from './problem.js'
import type { Snapshot } from './snapshot.js'

/**
 * What can go wrong besides the problems of the API, whose own `code` the error has then.
 *
 * `ERR_NO_VALIDATOR`: what a write is built on has neither an ETag that the page may read nor a version in its body.
 * `ERR_STATUS`: the API answered with an error that is no problem of this library's, or a read with something that is
 * no JSON.
 * `ERR_NETWORK`: no answer came to a read.
 * `ERR_OUTCOME_UNKNOWN`: a write may have been made, and what is there now does not tell.
 * `ERR_OPTION`: a wrong option or argument.
 */
export type ClientErrorCode =
  'ERR_NO_VALIDATOR' | 'ERR_STATUS' | 'ERR_NETWORK' | 'ERR_OUTCOME_UNKNOWN' | 'ERR_OPTION'

/** What stood against each other when a write ended in a conflict, or without anybody knowing. */
export interface Versions {
  /** what the change was first applied to, where it was an `update` */
  readonly base?: unknown
  /** what was to be written */
  readonly mine?: unknown
  /** what is there instead, as far as the API has shown it; a write that names it has seen it */
  readonly theirs?: Snapshot<unknown> | undefined
}

/** Of a ClientError, besides its code and its message. */
export interface ClientErrorDetails {
  readonly status?: number | undefined
  readonly problem?: ClientProblem | undefined
  readonly retryAfterMs?: number | undefined
  readonly versions?: Versions | undefined
  readonly cause?: unknown
}

/** The one error of the client. Tell its causes apart by `code`, not by `instanceof`: two builds may be loaded. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  /** the code of the problem that the API answered with, or one of the client's own */
  declare readonly code: ClientErrorCode | ProblemCode
  /** of the answer; 0 where there was none */
  declare readonly status: number
  declare readonly problem: ClientProblem | undefined
  /** ms that the API asks to wait before another try */
  declare readonly retryAfterMs: number | undefined
  declare readonly versions: Versions

  constructor(code: ClientErrorCode | ProblemCode, message: string, details: ClientErrorDetails = {}) {
    super(message, details)
    Object.assign(this, { status: 0, versions: {}, code }, details)
  }
}

/** The error, which now says what stood against each other. */
export function withVersions(error: ClientError, versions: Versions): ClientError {
  return Object.assign(error, { versions })
}

/** Throws ERR_OPTION. */
export function check(right: boolean, option: string, fix: string): asserts right {
  if (!right) throw new ClientError('ERR_OPTION', `${option}: ${fix}`)
}
