import { retryAfter } from './answer.js'
import { isProblem, type ClientProblem } from './problem.js'
import type { Wait } from './retry.js'

/** Statuses by which HTTP APIs say "again": 409 and 412 after a read, 423, 425 and 429 later. */
const STATUSES: readonly unknown[] = [409, 412, 423, 425, 429]
/** These only with a time to wait: without one nobody says that another try is welcome. */
const WITH_TIME: readonly unknown[] = [503, 504]

/**
 * Names of errors of the AWS SDK v3: a resource that is being updated or used, and throttling (as its
 * `@smithy/service-error-classification` lists them).
 */
const AWS =
  /ConflictException$|InUseException$|InProgress|Aborted|ConcurrentModification|OptimisticLock|PriorRequest|Throttl|(?:Limit|Throughput)Exceeded|TooManyRequests|SlowDown/

/**
 * SQL: serialization failure and deadlock by SQLSTATE (PostgreSQL `code`, `sqlState` of MySQL's drivers), MySQL's
 * deadlock and lock wait timeout, SQLite's lock that another connection has.
 */
const SQL = /^(?:40001|40P01|ER_LOCK_(?:DEADLOCK|WAIT_TIMEOUT)|SQLITE_BUSY.*)$/

type Members = Readonly<Record<string, unknown>>

export const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null

/**
 * Whether something that was thrown or answered says that another try may succeed: an HTTP answer (of fetch, or in an
 * error's `response`), a problem of this library's, an error of the AWS SDK v3, a Kubernetes `Status`, a serialization
 * failure of a SQL database. `afterMs`: how long the other side asks to wait.
 */
export function conflictOf(outcome: unknown): false | Wait {
  if (!isMembers(outcome)) return false
  const response = isMembers(outcome.response) ? outcome.response : outcome
  const metadata = isMembers(outcome.$metadata) ? outcome.$metadata : undefined
  const problem = [outcome, outcome.problem, response.data].find(isProblem)
  if (problem !== undefined) return mayPass(problem) && waitOf(problem)
  const status = [outcome, outcome.body, response.data].find(isKubernetes)
  if (status !== undefined) return ofKubernetes(status)
  // a row may have such a code, too
  const isSqlError = outcome.stack && [outcome.code, outcome.sqlState].some(isSql)
  if (isSqlError || (metadata && AWS.test(String(outcome.name)))) return {}
  const found = response.status ?? response.statusCode ?? metadata?.httpStatusCode
  return ofStatus(found, retryAfter(header(response.headers, 'retry-after')))
}

/** To each loser of a version the API tells another moment; any other wait it tells to all in the same way. */
export function waitOf(problem: ClientProblem | undefined): Wait {
  const afterMs = problem?.retryAfterMs
  return { afterMs, isTurn: problem?.code === 'version-conflict' && Number(afterMs) >= 0 }
}

/** Not one after which the change may be made already, nor one that another try would be answered in the same way. */
function mayPass({ applied, code, retryable }: ClientProblem): boolean {
  return retryable && applied === 'no' && code !== 'precondition-required'
}

const isSql = (code: unknown): boolean => SQL.test(String(code))

const isKubernetes = (value: unknown): value is Members => isMembers(value) && value.kind === 'Status'

/** `AlreadyExists` is a 409 too, and stays one however often it is tried (Kubernetes API conventions, "Response Status Kind"). */
function ofKubernetes({ code, reason, details }: Members): ReturnType<typeof conflictOf> {
  const seconds = isMembers(details) ? details.retryAfterSeconds : undefined
  return (
    reason !== 'AlreadyExists' && ofStatus(code, typeof seconds === 'number' ? seconds * 1000 : undefined)
  )
}

function ofStatus(status: unknown, afterMs: number | undefined): ReturnType<typeof conflictOf> {
  return (STATUSES.includes(status) || (WITH_TIME.includes(status) && afterMs !== undefined)) && { afterMs }
}

/** of fetch's Headers, or of a plain object with names in any case */
function header(headers: unknown, name: string): string | undefined {
  if (!isMembers(headers)) return undefined
  if (headers instanceof Headers) return headers.get(name) ?? undefined
  const value = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
  return typeof value === 'string' ? value : undefined
}
