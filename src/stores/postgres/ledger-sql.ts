import type { Swap } from '../../core/ledger.js'
import { storedKey } from '../sql/stored-key.js'

/** bytes of a key that are stored as they are; a row of an index has room for 2,700, many small ones on a page are faster */
const LONGEST_KEY = 1000

export function keyOf(key: string): string {
  return storedKey(key, LONGEST_KEY)
}

/** The statements of one ledger; `now()` would be the moment the transaction began, which may be long ago. */
export interface LedgerSql {
  /** key */
  readonly read: string
  /** an array of keys */
  readonly readMany: string
  /** `swapValues` */
  readonly swap: string
  /** `swapValues`: what nobody has seen yet is claimed by the same single statement */
  readonly swapUnseen: string
}

/** rounded up: a claim never ends before its time */
const REMAINING = 'ceil(extract(epoch FROM l."expires" - clock_timestamp()) * 1000)::bigint AS "remaining"'

const RECORD =
  'l."key", l."count", l."existence", l."fence", l."token", l."beat", l."lease", l."doubtful", l."settled"'

const EXPIRES = `clock_timestamp() + $10::bigint * interval '1 millisecond'`

const CHANGE = `"count" = $5::bigint, "existence" = coalesce($6::text, l."existence"), "fence" = l."fence" + $7::bigint,
  "token" = $8::text, "beat" = $9::bigint, "lease" = $10::bigint,
  "expires" = CASE WHEN $8::text IS NULL THEN NULL WHEN $11::boolean THEN l."expires" ELSE ${EXPIRES} END,
  "doubtful" = $12::boolean, "settled" = CASE WHEN $13::boolean THEN $14::text ELSE l."settled" END`

const MATCH = 'l."count" = $2::bigint AND l."token" IS NOT DISTINCT FROM $3::text AND l."beat" = $4::bigint'

/** `clock`: whether the server has one of its own, which ends claims. */
export function ledgerSql(table: string, clock: boolean): LedgerSql {
  const record = clock ? `${RECORD}, ${REMAINING}` : RECORD
  return {
    read: `SELECT ${record} FROM ${table} AS l WHERE l."key" = $1::text`,
    readMany: `SELECT ${record} FROM ${table} AS l WHERE l."key" = ANY($1::text[])`,
    swap: `UPDATE ${table} AS l SET ${CHANGE} WHERE l."key" = $1::text AND ${MATCH} RETURNING ${record}`,
    swapUnseen: `INSERT INTO ${table} AS l
  ("key", "count", "existence", "fence", "token", "beat", "lease", "expires", "doubtful", "settled")
  VALUES ($1::text, $5::bigint, coalesce($6::text, 'unknown'), $7::bigint, $8::text, $9::bigint, $10::bigint,
    CASE WHEN $8::text IS NULL THEN NULL ELSE ${EXPIRES} END, $12::boolean, $14::text)
  ON CONFLICT ("key") DO UPDATE SET ${CHANGE} WHERE ${MATCH} RETURNING ${record}`,
  }
}

/** Whether a swap starts from a record that may not be stored yet. */
export function isUnseen({ count, token, beat }: Swap['from']): boolean {
  return count === 0 && token === null && beat === 0
}

export function swapValues(key: string, { from, to }: Swap): unknown[] {
  // a move under a claim leaves its end where it is; a claim and a renewal begin a new lease
  const keeps = to.token === from.token && to.beat === from.beat
  return [
    keyOf(key),
    from.count,
    from.token,
    from.beat,
    to.count,
    to.existence ?? null,
    to.raiseFence ? 1 : 0,
    to.token,
    to.beat,
    to.lease,
    keeps,
    to.doubtful,
    to.settled !== undefined,
    to.settled ?? null,
  ]
}
