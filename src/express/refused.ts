import type { IfMatchError } from '../core/errors.js'
import type { Expectation, Reason, Source, Verdict } from '../core/expectation.js'
import { KINDS, type ProblemDetails } from '../core/problem.js'
import { formatTag } from '../core/version.js'
import { refusal } from './refusal.js'
import type { Setup } from './setup.js'

type Failed = Exclude<Verdict, { pass: true }>

/** What stood in the way, as far as it is known. */
export interface Standing {
  readonly key: string
  readonly expectation: Expectation
  readonly version?: string | undefined
  readonly row?: unknown
  /** it was settled while this request waited */
  readonly raced?: boolean
  readonly applied?: 'no' | 'unknown'
  /** who only reads stands in no line */
  readonly reading?: boolean
  /** its client has waited for its turn, and that has come; else the conflict tells one */
  readonly inTurn?: boolean
  /** the error that told of it, where it was not this library that noticed */
  readonly cause?: unknown
}

/** The problem of a demand that does not hold. */
export function failedDemand(setup: Setup, verdict: Failed, standing: Standing): IfMatchError {
  const details: ProblemDetails = {
    resource: standing.key,
    ...expectedOf(standing.expectation),
    ...(standing.applied === undefined ? {} : { applied: standing.applied }),
  }
  const from = standing.cause === undefined ? undefined : { cause: standing.cause }
  if (verdict.code !== 'version-conflict') {
    const shown = verdict.code === 'already-exists' ? currentOf(setup, standing) : {}
    return refusal(verdict.code, { ...details, ...shown }, from)
  }
  const reason = verdict.reason === 'stale' && standing.raced === true ? 'race' : verdict.reason
  const conflict: ProblemDetails = {
    ...details,
    ...(reason === 'gone' ? {} : currentOf(setup, standing)),
    status: conflictStatus(setup, verdict.source),
    reason,
    detail: DETAILS[reason],
    ...turnOf(setup, reason, standing),
  }
  return refusal('version-conflict', conflict, from)
}

/** When to come again, for who may win then. Under `observe` nobody is refused, and nobody told. */
function turnOf(setup: Setup, reason: Reason, { key, reading, inTurn }: Standing): ProblemDetails {
  if (setup.observing || reading === true || (reason !== 'stale' && reason !== 'race')) return {}
  if (inTurn === true) return { retryAfterMs: 0 }
  const turn = setup.turns.take(key)
  if (turn === undefined) return {}
  const retryAfterMs = Math.round(turn)
  const { resolution } = KINDS['version-conflict']
  return retryAfterMs === 0
    ? { retryAfterMs }
    : { retryAfterMs, resolution: [{ action: 'wait' }, ...resolution] }
}

const DETAILS = {
  stale:
    'The change was built on a version that is no longer current. Read the resource again, apply the change to what you read, and send it with the new entity tag.',
  race: 'Another change came first. Read the resource again, apply the change to what you read, and send it with the new entity tag.',
  'weak-validator':
    'If-Match compares strongly, and a weak entity tag never matches so. A proxy may have weakened it: the server can accept it by the option weakTags.',
  gone: 'The resource does not exist any more.',
} as const

/** RFC 9110 says 412 for a header; 409 is what clients of version fields know. If-None-Match is never a version conflict. */
function conflictStatus(setup: Setup, source: Source): number {
  if (setup.status !== 'auto') return setup.status
  return source === 'body' ? 409 : 412
}

function expectedOf(expectation: Expectation): Pick<ProblemDetails, 'expected'> {
  switch (expectation.kind) {
    case 'one-of':
      return { expected: expectation.versions }
    case 'exists':
      return { expected: '*' }
    case 'absent':
      return { expected: 'absent' }
    case 'all':
      return expectation.of.map(expectedOf).find(({ expected }) => expected !== undefined) ?? {}
    default:
      return {}
  }
}

/** Never the bare version unless asked for: a client would paste it under its old body, and overwrite. */
function currentOf(setup: Setup, { version, row }: Standing): Pick<ProblemDetails, 'current'> {
  if (setup.reveal === 'nothing' || version === undefined) return {}
  const named = { version, etag: formatTag(version) }
  if (setup.reveal === 'version') return { current: named }
  const represent = setup.way.kind === 'ledger' ? undefined : setup.way.represent
  if (row === undefined || represent === undefined) return {}
  const representation = asJson(represent(row))
  return representation === undefined ? {} : { current: { ...named, representation } }
}

/** As JSON says it. What JSON cannot say (a bigint, a cycle) is left out of the conflict, and reported. */
function asJson(value: unknown): unknown {
  try {
    const text = JSON.stringify(value) as string | undefined
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
  } catch (error) {
    process.emitWarning(`represent: ${String(error)}. Give what JSON can hold, such as a bigint as a text.`, {
      type: 'IfMatchWarning',
      code: 'ERR_OPTION_INVALID',
    })
    return undefined
  }
}
