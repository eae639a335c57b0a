import type { SwapPlace } from './ledger-swap.js'

/** The statements of one ledger; `now()` would be the moment the transaction began, which may be long ago. */
export interface LedgerSql {
  /** key */
  readonly read: string
  /** an array of keys */
  readonly readMany: string
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
  return {
    read: `SELECT ${record} FROM ${table} AS l WHERE l."key" = $1::text`,
    readMany: `SELECT ${record} FROM ${table} AS l WHERE l."key" = ANY($1::text[])`,
    place: { table, remaining: clock ? REMAINING : undefined },
  }
}
