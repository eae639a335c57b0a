import { IfMatchError } from '../../core/errors.js'
import { problemHeaders, problemOf } from '../../core/problem.js'

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

/** how often what another transaction was in the way of is begun again */
export const MOST_REPEATS = 3

/** Runs `work`, and once more where another transaction was in its way, at most `repeats` times. */
export async function repeated<T>(repeats: number, work: () => Promise<T>): Promise<T> {
  for (let repeat = 0; ; repeat++) {
    try {
      return await work()
    } catch (error) {
      if (!isConflict(error)) throw error
      if (repeat >= repeats) throw conflict(error)
    }
  }
}

function conflict(cause: unknown): IfMatchError {
  const problem = problemOf('transaction-conflict')
  return new IfMatchError(problem, problemHeaders(problem), { cause })
}
