import type { Reason } from '../core/expectation.js'
import type { Problem, ProblemCode, Resolution } from '../core/problem.js'

/** What a problem of one code has beyond what all have. */
interface Particulars {
  'version-conflict': { readonly reason?: Reason }
  'write-in-progress': { readonly retryAfterMs?: number }
  'store-unavailable': { readonly retryAfterMs?: number }
}

type Shared = Omit<Problem, 'code' | 'reason' | 'retryAfterMs'>

/** A problem of this library's, told apart by `code`. Members that it does not know stay where they are. */
export type ClientProblem = {
  [Code in ProblemCode]: Shared & { readonly code: Code } & (Code extends keyof Particulars
      ? Particulars[Code]
      : unknown) & { readonly reason?: Reason; readonly retryAfterMs?: number }
}[ProblemCode]

const CODES: Readonly<Record<ProblemCode, true>> = {
  'precondition-required': true,
  'version-conflict': true,
  'already-exists': true,
  'malformed-precondition': true,
  'malformed-key': true,
  forbidden: true,
  'not-found': true,
  'write-in-progress': true,
  'transaction-conflict': true,
  'existence-unknown': true,
  'outcome-unknown': true,
  'store-unavailable': true,
  'body-timeout': true,
}

const REASONS: readonly unknown[] = [undefined, 'stale', 'race', 'weak-validator', 'gone'] satisfies (
  Reason | undefined
)[]

const ACTIONS: readonly unknown[] = [
  'refetch',
  'merge',
  'retry',
  'send-precondition',
  'wait',
  'correct',
  'use-put',
  'force',
] satisfies Resolution['action'][]

type Members = Readonly<Record<string, unknown>>

/** Whether a value that came over the network is a problem of this library's, whole and with members of the right types. */
export function isProblem(value: unknown): value is ClientProblem {
  return (
    isMembers(value) &&
    typeof value.code === 'string' &&
    Object.hasOwn(CODES, value.code) &&
    ['type', 'title', 'detail'].every((name) => typeof value[name] === 'string') &&
    typeof value.status === 'number' &&
    typeof value.retryable === 'boolean' &&
    (value.applied === 'no' || value.applied === 'unknown') &&
    REASONS.includes(value.reason) &&
    optional(value.resource, 'string') &&
    optional(value.retryAfterMs, 'number') &&
    isExpected(value.expected) &&
    isCurrent(value.current) &&
    Array.isArray(value.resolution) &&
    value.resolution.every(isStep)
  )
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function optional(value: unknown, type: 'string' | 'number'): boolean {
  return value === undefined || typeof value === type
}

function isExpected(value: unknown): boolean {
  return optional(value, 'string') || (Array.isArray(value) && value.every((one) => typeof one === 'string'))
}

function isCurrent(value: unknown): boolean {
  return (
    value === undefined ||
    (isMembers(value) && optional(value.version, 'string') && optional(value.etag, 'string'))
  )
}

function isStep(step: unknown): boolean {
  return (
    isMembers(step) &&
    ACTIONS.includes(step.action) &&
    optional(step.method, 'string') &&
    optional(step.href, 'string') &&
    optional(step.afterMs, 'number')
  )
}
