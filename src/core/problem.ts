import type { Reason } from './expectation.js'

/** What clients switch on. */
export type ProblemCode =
  | 'precondition-required'
  | 'version-conflict'
  | 'already-exists'
  | 'malformed-precondition'
  | 'malformed-key'
  | 'forbidden'
  | 'not-found'
  | 'write-in-progress'
  | 'transaction-conflict'
  | 'existence-unknown'
  | 'outcome-unknown'
  | 'store-unavailable'
  | 'body-timeout'

/** One step out of the problem, in the order to try them. */
export interface Resolution {
  /**
   * `refetch`: read the resource again; `merge`: apply the change to what was read; `retry`: send it again;
   * `wait`: first let `afterMs` pass; `send-precondition`: name the version the change was built on;
   * `correct`: the request itself is wrong; `use-put`: it exists, change it instead of creating it;
   * `force`: overwrite, where the application offers it.
   */
  readonly action:
    'refetch' | 'merge' | 'retry' | 'wait' | 'send-precondition' | 'correct' | 'use-put' | 'force'
  readonly method?: string
  readonly href?: string
  /** ms */
  readonly afterMs?: number
}

/** An RFC 9457 problem with this library's extension members. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ProblemCode
  readonly reason?: Reason
  /** the key of the resource; never a URL that a client could be led away with */
  readonly resource?: string
  /** what the client demanded: versions, or `*`, or `absent` */
  readonly expected?: string | readonly string[]
  /** as far as `reveal` allows */
  readonly current?: { readonly version?: string; readonly etag?: string; readonly representation?: unknown }
  readonly resolution: readonly Resolution[]
  /** whether the same change may succeed after the steps of `resolution` */
  readonly retryable: boolean
  /** ms */
  readonly retryAfterMs?: number
  /** `no`: the handler did not run, or said that it wrote nothing */
  readonly applied: 'no' | 'unknown'
}

interface Kind {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly retryable: boolean
  readonly applied: 'no' | 'unknown'
  readonly resolution: readonly Resolution[]
}

const REFETCH: readonly Resolution[] = [
  { action: 'refetch', method: 'GET' },
  { action: 'merge' },
  { action: 'retry' },
]

/** What each code means, before anything is known of the request. The statuses are those of the design's table. */
export const KINDS: Readonly<Record<ProblemCode, Kind>> = {
  'precondition-required': {
    status: 428,
    title: 'Precondition required',
    detail: 'Name the version that this change was built on: send its entity tag in If-Match.',
    retryable: true,
    applied: 'no',
    resolution: [{ action: 'refetch', method: 'GET' }, { action: 'send-precondition' }],
  },
  'version-conflict': {
    status: 409,
    title: 'The resource has changed',
    detail:
      'The change was built on a version that is no longer current. Read it again, apply the change to what you read, and send it with the new tag.',
    retryable: true,
    applied: 'no',
    resolution: REFETCH,
  },
  'already-exists': {
    status: 412,
    title: 'The resource exists already',
    detail: 'The request was to succeed only where nothing exists, or not in this state; something does.',
    retryable: false,
    applied: 'no',
    resolution: [{ action: 'refetch', method: 'GET' }, { action: 'use-put' }],
  },
  'malformed-precondition': {
    status: 400,
    title: 'Malformed precondition',
    detail:
      'The precondition cannot be read as RFC 9110 section 13 defines it, or names a version that this API never gave out.',
    retryable: false,
    applied: 'no',
    resolution: [{ action: 'correct' }, { action: 'refetch', method: 'GET' }],
  },
  'malformed-key': {
    status: 400,
    title: 'Malformed identifier',
    detail: 'The identifier in the path does not have the form that this API expects.',
    retryable: false,
    applied: 'no',
    resolution: [{ action: 'correct' }],
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    detail: 'This request may not write here.',
    retryable: false,
    applied: 'no',
    resolution: [],
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    detail: 'Nothing exists under this identifier.',
    retryable: false,
    applied: 'no',
    resolution: [],
  },
  'write-in-progress': {
    status: 409,
    title: 'Another write is in progress',
    detail: 'Another request is writing to this resource right now. Wait, then read it again and decide.',
    retryable: true,
    applied: 'no',
    resolution: [{ action: 'wait' }, ...REFETCH],
  },
  'transaction-conflict': {
    status: 409,
    title: 'Another transaction was in the way',
    detail:
      'The database rolled this change back, since another transaction was in its way. Nothing was changed: send it again.',
    retryable: true,
    applied: 'no',
    resolution: [{ action: 'retry' }],
  },
  'existence-unknown': {
    status: 500,
    title: 'Existence unknown',
    detail:
      'Whether the resource exists cannot be told here: the server needs the option `current`, which looks it up.',
    retryable: false,
    applied: 'no',
    resolution: [{ action: 'refetch', method: 'GET' }, { action: 'send-precondition' }],
  },
  'outcome-unknown': {
    status: 500,
    title: 'Outcome unknown',
    detail: 'The change may have been made or not. Read the resource before you decide to send it again.',
    retryable: true,
    applied: 'unknown',
    resolution: REFETCH,
  },
  'store-unavailable': {
    status: 503,
    title: 'Version store unavailable',
    detail: 'The versions cannot be checked at the moment, so nothing was changed.',
    retryable: true,
    applied: 'no',
    resolution: [{ action: 'wait' }, { action: 'retry' }],
  },
  'body-timeout': {
    status: 408,
    title: 'The request body took too long',
    detail:
      'The body did not arrive in the time that one request may hold this resource. Read it again before you resend.',
    retryable: true,
    applied: 'unknown',
    resolution: REFETCH,
  },
}

/** What a problem says beyond its code. */
export type ProblemDetails = Partial<Omit<Problem, 'type' | 'code' | 'title' | 'retryable'>> & {
  readonly href?: string
}

/** The whole problem; `href`, the path to read again, goes into the steps that need it. */
export function problemOf(code: ProblemCode, details: ProblemDetails = {}): Problem {
  const known = KINDS[code]
  const { href, resolution = known.resolution, retryAfterMs } = details
  const problem: { -readonly [Member in keyof Problem]: Problem[Member] } = {
    type: `urn:express-if-match:problem:${code}`,
    title: known.title,
    code,
    status: details.status ?? known.status,
    detail: details.detail ?? known.detail,
    retryable: known.retryable,
    applied: details.applied ?? known.applied,
    resolution: resolution.map((step) => completeStep(step, href, retryAfterMs)),
  }
  // one by one: to spread what there is of them costs as much as the rest of a refusal
  if (details.resource !== undefined) problem.resource = details.resource
  if (details.expected !== undefined) problem.expected = details.expected
  if (details.current !== undefined) problem.current = details.current
  if (details.reason !== undefined) problem.reason = details.reason
  if (retryAfterMs !== undefined) problem.retryAfterMs = retryAfterMs
  return problem
}

function completeStep(step: Resolution, href: string | undefined, afterMs: number | undefined): Resolution {
  if (step.action === 'refetch' && href !== undefined) return { ...step, href }
  if (step.action === 'wait' && afterMs !== undefined) return { ...step, afterMs }
  return step
}

/** The answer's own fields: Retry-After in whole seconds (§10.2.3), no-store where an answer must not be reused (RFC 6585 §3). */
export function problemHeaders(problem: Problem): Record<string, string> {
  const headers: Record<string, string> = {}
  // a turn is told in ms, and would be missed by whole seconds
  if (problem.retryAfterMs !== undefined && problem.code !== 'version-conflict')
    headers['Retry-After'] = String(Math.ceil(problem.retryAfterMs / 1000))
  if (problem.code === 'precondition-required') headers['Cache-Control'] = 'no-store'
  return headers
}
