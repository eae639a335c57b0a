import type { Reason } from '../core/expectation.js'
import type { Problem, ProblemCode, Resolution } from '../core/problem.js'

/** A text of this list, or one that a newer server has added to it. */
type Open<Known extends string> = Known | (string & Record<never, never>)

interface Shared extends Omit<Problem, 'code' | 'reason' | 'resolution'> {
  readonly reason?: Open<Reason>
  readonly resolution: readonly (Omit<Resolution, 'action'> & {
    readonly action: Open<Resolution['action']>
  })[]
  /** members that this version does not know stay */
  readonly [member: string]: unknown
}

/** A problem of this library's, told apart by `code`. */
export type ClientProblem = { [Code in ProblemCode]: Shared & { readonly code: Code } }[ProblemCode]

const CODES: readonly ProblemCode[] = [
  'precondition-required',
  'version-conflict',
  'already-exists',
  'malformed-precondition',
  'malformed-key',
  'forbidden',
  'not-found',
  'write-in-progress',
  'transaction-conflict',
  'existence-unknown',
  'outcome-unknown',
  'store-unavailable',
  'body-timeout',
]

const APPLIED: readonly Problem['applied'][] = ['no', 'unknown']

type Members = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

/** Whether a value that came over the network is a problem of this library's, whole and with members of the right types. */
export const isProblem = (value: unknown): value is ClientProblem => isWhole(value)

const a =
  (type: string): Check =>
  (value) =>
    typeof value === type
const text = a('string')
const number = a('number')
const oneOf =
  (names: readonly unknown[]): Check =>
  (value) =>
    names.includes(value)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
/** Members that are not named here may be there, and be anything. */
const object =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(checks).every(([name, check]) => check((value as Members)[name]))

const isWhole = object({
  type: text,
  title: text,
  status: number,
  detail: text,
  code: oneOf(CODES),
  retryable: a('boolean'),
  applied: oneOf(APPLIED),
  reason: optional(text),
  resource: optional(text),
  retryAfterMs: optional(number),
  expected: optional((value) => text(value) || listOf(text)(value)),
  current: optional(object({ version: optional(text), etag: optional(text) })),
  resolution: listOf(
    object({
      action: text,
      method: optional(text),
      href: optional(text),
      afterMs: optional(number),
    }),
  ),
})
