/*
 * What tells of a statement that was never begun, since its database was not reached or let nobody in. What was lost
 * in the middle (ECONNRESET, a timeout) is not among it: that may have been made.
 */

/** Node's (as libuv names them), PostgreSQL's SQLSTATEs cannot_connect_now and too_many_connections, MySQL's too many connections. */
const NEVER_BEGUN: readonly unknown[] = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  '57P03',
  '53300',
  'ER_CON_COUNT_ERROR',
]

/** Whether a driver's error says that its database was not reached, so that nothing can have been written. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NEVER_BEGUN.includes(error.code)
}
