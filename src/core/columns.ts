import { IfMatchError, show } from './errors.js'

/** Which members of a change may become columns, and which it merely carries along. */
export interface ColumnRules {
  /** how messages call the table, `sqlite table orders` */
  readonly table: string
  readonly columns: readonly string[]
  readonly id: readonly string[]
  readonly version: string
}

/**
 * What `set` makes of each column that a change sets, and its value. The id and the version are left out in silence:
 * clients send back the row as they read it, and both are decided elsewhere. So is a member that is undefined, which
 * JSON cannot even say. Any other name is a mistake: to ignore it would lose what the client wrote, to take it would
 * let a client set columns that nobody meant to open.
 */
export function pickColumns<Set>(
  change: unknown,
  rules: ColumnRules,
  set: (column: string, value: unknown) => Set,
): Set[] {
  if (change === undefined) {
    throw new IfMatchError(
      'ERR_BODY_NOT_PARSED',
      `${rules.table}: there is no change to write. If it is req.body, mount express.json() before this route (ERR_BODY_NOT_PARSED, see docs/errors.md)`,
    )
  }
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    throw new IfMatchError(
      'ERR_WRITE_UNSUPPORTED',
      `${rules.table}: ${show(change)} is no change. Hand over an object of columns (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
    )
  }
  const picked: Set[] = []
  // not Object.entries: the pairs that it makes cost as much as the rest of this
  for (const name of Object.keys(change)) {
    if (name === rules.version || rules.id.includes(name)) continue
    if (!rules.columns.includes(name)) {
      throw new IfMatchError(
        'ERR_COLUMN_UNKNOWN',
        `${rules.table}: ${show(name)} is not one of its columns. List it under \`columns\`, or leave it out of the change (ERR_COLUMN_UNKNOWN, see docs/errors.md)`,
      )
    }
    const value = (change as Record<string, unknown>)[name]
    if (value !== undefined) picked.push(set(name, value))
  }
  return picked
}
