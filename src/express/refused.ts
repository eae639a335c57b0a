import type { IfMatchError } from '../core/errors.js'
import type { Expectation, Source, Verdict } from '../core/expectation.js'
import { KINDS, type ProblemDetails, type Resolution } from '../core/problem.js'
import { formatTag } from '../core/version.js'
import { refusal } from '../core/refusal.js'
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

/** Put together member by member: to spread what there is of each takes as long as the rest of a refusal. */
type Details = { -readonly [Member in keyof ProblemDetails]: ProblemDetails[Member] }

/** The problem of a demand that does not hold. */
export function failedDemand(setup: Setup, verdict: Failed, standing: Standing): IfMatchError {
  const details: Details = { resource: standing.key }
  const expected = expectedOf(standing.expectation)
  if (expected !== undefined) details.expected = expected
  if (standing.applied !== undefined) details.applied = standing.applied
  if (verdict.code === 'version-conflict') conflictOn(setup, verdict, standing, details)
  else if (verdict.code === 'already-exists') showCurrent(setup, standing, details)
  return refusal(verdict.code, details, standing.cause === undefined ? undefined : { cause: standing.cause })
}

function conflictOn(
  setup: Setup,
  verdict: Extract<Failed, { code: 'version-conflict' }>,
  standing: Standing,
  details: Details,
): void {
  const reason = verdict.reason === 'stale' && standing.raced === true ? 'race' : verdict.reason
  if (reason !== 'gone') showCurrent(setup, standing, details)
  details.status = conflictStatus(setup, verdict.source)
  details.reason = reason
  details.detail = DETAILS[reason]
  if (reason === 'stale' || reason === 'race') tellTurn(setup, standing, details)
}

/** When to come again, for who may win then. Under `observe` nobody is refused, and nobody told. */
function tellTurn(setup: Setup, { key, reading, inTurn }: Standing, details: Details): void {
  if (setup.observing || reading === true) return
  const turn = inTurn === true ? 0 : setup.turns.take(key)
  if (turn === undefined) return
  details.retryAfterMs = Math.round(turn)
  if (details.retryAfterMs > 0) details.resolution = WAIT_FIRST
}

const WAIT_FIRST: readonly Resolution[] = [{ action: 'wait' }, ...KINDS['version-conflict'].resolution]

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

function expectedOf(expectation: Expectation): ProblemDetails['expected'] {
  switch (expectation.kind) {
    case 'one-of':
      return expectation.versions
    case 'exists':
      return '*'
    case 'absent':
      return 'absent'
    case 'all':
      return expectation.of.map(expectedOf).find((expected) => expected !== undefined)
    default:
      return undefined
  }
}

/** Never the bare version unless asked for: a client would paste it under its old body, and overwrite. */
function showCurrent(setup: Setup, { version, row }: Standing, details: Details): void {
  if (setup.reveal === 'nothing' || version === undefined) return
  const named = { version, etag: formatTag(version) }
  if (setup.reveal === 'version') {
    details.current = named
    return
  }
  const represent = setup.way.kind === 'ledger' ? undefined : setup.way.represent
  if (row === undefined || represent === undefined) return
  const representation = asJson(represent(row))
  if (representation !== undefined) details.current = { ...named, representation }
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
