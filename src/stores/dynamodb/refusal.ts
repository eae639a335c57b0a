import { IfMatchError } from '../../core/errors.js'

/** An error as the SDK leaves it. */
interface Failed extends Error {
  readonly $metadata?: {
    readonly attempts?: number | undefined
    readonly httpStatusCode?: number | undefined
  }
}

/** The condition of a write did not hold. */
export interface Refusal extends Failed {
  /** the item that refused it, where the server sends it; the SDK leaves it as it came */
  readonly Item?: unknown
}

/** By name, as all errors of the SDK here: an application may have it twice. */
export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException'
}

/**
 * The SDK sends a request again whose answer it did not get. Then an attempt before the one that was refused may have
 * been made, and be what refused it.
 */
export function wasResent({ $metadata }: Failed): boolean {
  return ($metadata?.attempts ?? 1) > 1
}

/**
 * Whether the last of several attempts was not answered by a server. What it failed of may say that nothing can have
 * been written (ECONNREFUSED), and speaks of that one alone.
 */
export function isUnanswered(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  return wasResent(error) && (error as Failed).$metadata?.httpStatusCode === undefined
}

/**
 * Another write of the item was in the way, and this one was not made: a transaction, or in a global table with
 * multi-Region strong consistency a write of another Region (UpdateItem and DeleteItem, "Errors", in the API reference).
 */
export function isConflict(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error.name === 'TransactionConflictException' || error.name === 'ReplicatedWriteConflictException')
  )
}

/** What the server says where a key has other attributes than the table, or of another type. */
const OTHER_KEY = /key element|Type mismatch for key|Missing the key/

/** A table that is missing, or has another key, as ERR_STORE_SCHEMA; any other error as it is. */
export function withSchema(store: string, error: unknown, fix: string): unknown {
  if (!(error instanceof Error)) return error
  const missing = error.name === 'ResourceNotFoundException'
  const other = error.name === 'ValidationException' && OTHER_KEY.test(error.message)
  if (!missing && !other) return error
  const problem = missing
    ? 'there is no such table, or it is still being made'
    : `the table has another key (${error.message})`
  return new IfMatchError(
    'ERR_STORE_SCHEMA',
    `${store}: ${problem}. ${fix} (ERR_STORE_SCHEMA, see docs/errors.md)`,
    { cause: error },
  )
}
