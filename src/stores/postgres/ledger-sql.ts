import type { SwapPlace } from './ledger-swap.js'

/** The statements of one ledger; `now()` would be the moment the transaction began, which may be long ago. */
export interface LedgerSql {
  /** key */
  readonly read: string
  /** an array of keys */
  readonly readMany: string
  /** key; the row as it was committed last, which stays so until this transaction ends */
  readonly lock: string
  /** key; the same where `lock` found no row, for what is not there cannot be locked: one that says what is known of it */
  readonly prepare: string
  /** for `swapStatement` */
  readonly place: SwapPlace
}

/** rounded up: a claim never ends before its time */
const REMAINING = 'ceil(extract(epoch FROM l."expires" - clock_timestamp()) * 1000)::bigint AS "remaining"'

const RECORD =
  'l."key", l."count", l."existence", l."fence", l."token", l."beat", l."lease", l."doubtful", l."settled"'

/** `clock`: whether the server has one of its own, which ends claims. */
export function ledgerSql(table: string, clock: boolean): LedgerSql {
  const record = clock ? `${RECORD}, ${REMAINING}` : RECORD
  const read = `SELECT ${record} FROM ${table} AS l WHERE l."key" = $1::text`
  return {
    read,
    // the lock that a swap takes
    lock: `${read} FOR NO KEY UPDATE`,
    // somebody else may have been first: only a row that is written is locked and returned as well
    prepare: `INSERT INTO ${table} AS l ("key", "count", "existence", "fence", "beat", "lease", "doubtful") VALUES ($1::text, 0, 'unknown', 0, 0, 0, false) ON CONFLICT ("key") DO UPDATE SET "count" = l."count" RETURNING ${record}`,
    readMany: `SELECT ${record} FROM ${table} AS l WHERE l."key" = ANY($1::text[])`,
    place: { table, remaining: clock ? REMAINING : undefined },
  }
}
