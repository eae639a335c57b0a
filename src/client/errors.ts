import type { ClientProblem } from './problem.js'

/**
 * What can go wrong besides the problems of the API, whose own `code` the error has then.
 *
 * `ERR_NO_VALIDATOR`: the answer had neither an ETag that the page may read nor a version in its body.
 * `ERR_STATUS`: the API answered with an error that is no problem of this library's.
 * `ERR_NETWORK`: no answer came; for a write the outcome is unknown.
 * `ERR_OUTCOME_UNKNOWN`: a write may have been made, and what is there now does not tell.
 * `ERR_OPTION`: a wrong option or argument.
 */
export type ClientErrorCode =
  'ERR_NO_VALIDATOR' | 'ERR_STATUS' | 'ERR_NETWORK' | 'ERR_OUTCOME_UNKNOWN' | 'ERR_OPTION'

/** What stood against each other when an update gave up. */
export interface Versions {
  /** what the change was first built on */
  readonly base?: unknown
  /** what was to be written */
  readonly mine?: unknown
  /** what is there instead */
  readonly theirs?: unknown
}

/** The one error of the client. Tell its causes apart by `code`. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  /** one of `ClientErrorCode`, or the code of the problem that the API answered with */
  readonly code: string
  /** of the answer; 0 where there was none */
  readonly status: number
  readonly problem: ClientProblem | undefined
  readonly versions: Versions

  constructor(
    code: string,
    message: string,
    details: { status?: number; problem?: ClientProblem; versions?: Versions; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = details.status ?? 0
    this.problem = details.problem
    this.versions = details.versions ?? {}
  }
}
