import { setTimeout as later } from 'node:timers/promises'
import type { IfMatchError } from '../../core/errors.js'
import { refusal } from '../../core/refusal.js'

/** The SQLSTATE of PostgreSQL that an error, or what it was caused by, carries; drivers and ORMs wrap it. */
export function sqlState(error: unknown): string | undefined {
  for (let depth = 0, one = error; depth < 5 && one instanceof Error; depth++, one = one.cause) {
    const { code } = one as { code?: unknown }
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code
  }
  return undefined
}

/** PostgreSQL rolled it back since another transaction was in its way: 40001 serialization_failure, 40P01 deadlock_detected. */
export function isConflict(error: unknown): boolean {
  const state = sqlState(error)
  return state === '40001' || state === '40P01'
}

/** data_exception, integrity_constraint_violation, transaction_rollback, with_check_option_violation, raise_exception */
const UNDONE = ['22', '23', '40', '44', 'P0']

/**
 * Whether a commit was refused by PostgreSQL itself: by a constraint or a trigger that was deferred until then. Not so
 * 40003, statement_completion_unknown, nor what tells of a server that is going away.
 */
export function isUndone(error: unknown): boolean {
  const state = sqlState(error)
  return state !== undefined && state !== '40003' && UNDONE.includes(state.slice(0, 2))
}

/**
 * ms before each repeat; a pause is between half of it and the whole. Who is in the way may be committing, and wait for
 * the disk with that: until it has come to its end, whoever begins again at once fails at once.
 */
const PAUSES: readonly number[] = [0, 20, 100]

/** how often what another transaction was in the way of is begun again */
export const MOST_REPEATS = PAUSES.length

/** Runs `work`, and once more where another transaction was in its way, at most `repeats` times. */
export function repeated<T>(repeats: number, work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => repeatedAfter(error, repeats, work))
}

/** The same after a first failure. */
export async function repeatedAfter<T>(
  failure: unknown,
  repeats: number,
  work: () => Promise<T>,
): Promise<T> {
  let last = failure
  for (let repeat = 0; ; repeat++) {
    if (!isConflict(last)) throw last
    if (repeat >= repeats) throw conflict(last)
    const pause = PAUSES[repeat] ?? 0
    if (pause > 0) await later(pause * (0.5 + Math.random() / 2))
    try {
      return await work()
    } catch (error) {
      last = error
    }
  }
}

function conflict(cause: unknown): IfMatchError {
  return refusal('transaction-conflict', {}, { cause })
}
