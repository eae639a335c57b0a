/*
 * A commit that fails is of unknown outcome: its answer may be all that was lost. Where the database itself has said
 * that it undid the transaction (a deferred constraint that does not hold), nothing is unknown. The error stays the
 * driver's own, by whose code an application tells what was wrong; a symbol on it says the rest, to both builds.
 */

const ROLLED_BACK = Symbol.for('express-if-match.rolled-back')

/** Says of an error of a commit that the whole transaction was undone. */
export function rolledBack(error: unknown): unknown {
  if (error instanceof Error) Reflect.defineProperty(error, ROLLED_BACK, { value: true })
  return error
}

export function isRolledBack(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, ROLLED_BACK) === true
}
