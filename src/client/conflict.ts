import { retryAfter } from './answer.js'
import { isProblem } from './problem.js'

/** Statuses by which HTTP APIs say "again": 409 and 412 after a read, 423, 425 and 429 later. 503 only with a time to wait. */
const STATUSES: readonly number[] = [409, 412, 423, 425, 429]

/**
 * Names of errors of the AWS SDK v3: a resource that is being updated or used, and throttling (as its
 * `@smithy/service-error-classification` lists them).
 */
const AWS =
  /ConflictException$|InUseException$|InProgress|Aborted|ConcurrentModification|OptimisticLock|PriorRequest|Throttl|LimitExceeded|ThroughputExceeded|TooManyRequests|SlowDown/

/**
 * SQL: serialization failure and deadlock by SQLSTATE (PostgreSQL `code`, `sqlState` of MySQL's drivers), MySQL's
 * deadlock and lock wait timeout, SQLite's lock that another connection has.
 */
const SQL = /^(?:40001|40P01|ER_LOCK_DEADLOCK|ER_LOCK_WAIT_TIMEOUT|SQLITE_BUSY.*)$/

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null

/**
 * Whether something that was thrown or answered says that another try may succeed: an HTTP answer (of fetch, or in an
 * error's `response`), a problem of this library's, an error of the AWS SDK v3, a Kubernetes `Status`, a serialization
 * failure of a SQL database. `afterMs`: how long the other side asks to wait.
 */
export function conflictOf(outcome: unknown): false | { readonly afterMs?: number | undefined } {
  if (!isMembers(outcome)) return false
  if (isProblem(outcome)) return outcome.retryable && { afterMs: outcome.retryAfterMs }
  if (isProblem(outcome.problem)) return conflictOf(outcome.problem)
  if (outcome.kind === 'Status') return ofKubernetes(outcome)
  if (isMembers(outcome.body) && outcome.body.kind === 'Status') return ofKubernetes(outcome.body)
  if (isMembers(outcome.$metadata) && AWS.test(String(outcome.name))) return { afterMs: undefined }
  if (SQL.test(String(outcome.code)) || SQL.test(String(outcome.sqlState))) return { afterMs: undefined }
  const response = isMembers(outcome.response) ? outcome.response : outcome
  const aws = isMembers(outcome.$metadata) ? outcome.$metadata.httpStatusCode : undefined
  return ofStatus(response.status ?? response.statusCode ?? aws, header(response.headers, 'retry-after'))
}

function ofStatus(status: unknown, field: string | undefined): false | { afterMs: number | undefined } {
  const afterMs = retryAfter(field)
  if (typeof status !== 'number') return false
  return (STATUSES.includes(status) || (status === 503 && afterMs !== undefined)) && { afterMs }
}

/** `AlreadyExists` is a 409 too, and stays one however often it is tried (Kubernetes API conventions, "Response Status Kind"). */
function ofKubernetes({ code, reason, details }: Members): false | { afterMs: number | undefined } {
  if (reason === 'AlreadyExists') return false
  const seconds = isMembers(details) ? details.retryAfterSeconds : undefined
  const afterMs = typeof seconds === 'number' ? seconds * 1000 : undefined
  const again = code === 409 || code === 429 || ((code === 503 || code === 504) && afterMs !== undefined)
  return again && { afterMs }
}

/** of fetch's Headers, or of a plain object with names in any case */
function header(headers: unknown, name: string): string | undefined {
  if (!isMembers(headers)) return undefined
  if (headers instanceof Headers) return headers.get(name) ?? undefined
  const [, value] = Object.entries(headers).find(([key]) => key.toLowerCase() === name) ?? []
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
