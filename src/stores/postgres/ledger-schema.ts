import { IfMatchError, show } from '../../core/errors.js'
import type { Run } from './client.js'
import { sqlState } from './errors.js'
import { qualified } from './quote.js'

export const LEDGER_TABLE = 'if_match_ledger'

/** Where a ledger's table is. */
export interface LedgerPlace {
  /** `if_match_ledger` */
  readonly table?: string
  /** left out: the first schema of the search_path that has it, or may have it */
  readonly schema?: string
}

/** what a table must have at least to serve as a ledger */
const COLUMNS: Readonly<Record<string, string>> = {
  key: 'text',
  count: 'bigint',
  existence: 'text',
  fence: 'bigint',
  token: 'text',
  beat: 'bigint',
  lease: 'bigint',
  expires: 'timestamp with time zone',
  doubtful: 'boolean',
  settled: 'text',
  data: 'text',
}

export function ledgerName({ table = LEDGER_TABLE, schema }: LedgerPlace): string {
  return qualified(schema, 'table', table)
}

/** The DDL of a ledger's table, for a migration of your own together with `create: false`. */
export function postgresLedgerSchema(place: LedgerPlace = {}): string {
  // rows are small and often written: room on their page lets an update stay there, and leaves the index alone
  return `CREATE TABLE IF NOT EXISTS ${ledgerName(place)} (
  "key" text COLLATE "C" NOT NULL PRIMARY KEY,  -- the first characters and a hash, where it is over 1000 bytes
  "count" bigint NOT NULL,      -- the version; never goes back, so rows are never deleted
  "existence" text NOT NULL,    -- unknown, present, deleted
  "fence" bigint NOT NULL,      -- grows with every claim
  "token" text,                 -- names the claim that stands, if one does
  "beat" bigint NOT NULL,       -- how often it was renewed
  "lease" bigint NOT NULL,      -- its life without a renewal, in ms
  "expires" timestamptz,        -- when that life is over, by the clock of this server
  "doubtful" boolean NOT NULL,  -- somebody else wrote while it stood
  "settled" text,               -- the token that settled "count"
  "data" text                   -- kept free for what a key may carry later, like a lock, or an answer to replay
) WITH (fillfactor = 50)`
}

/** Makes sure that the table is there and is a ledger, and not somebody else's of the same name. */
export async function prepareLedger(run: Run, place: LedgerPlace, create: boolean): Promise<void> {
  let found = await columnsOf(run, place)
  let cause: unknown
  if (found.size === 0 && create) {
    // IF NOT EXISTS does not help those who come at the same moment: whoever is last may fail, and finds it made
    cause = await run(postgresLedgerSchema(place), []).then(
      () => undefined,
      (error: unknown) => error,
    )
    found = await columnsOf(run, place)
    if (found.size === 0 && sqlState(cause) === undefined) throw cause
  }
  const missing = Object.entries(COLUMNS).filter(([name, type]) => found.get(name) !== type)
  const keyed = found.get('') === 'keyed'
  if (missing.length === 0 && keyed) return
  throw schemaError(place, found.size === 0 ? undefined : missing.map(([name]) => name), cause)
}

/** Types by name; empty where there is no such table. Under '' whether the key is unique. */
async function columnsOf(run: Run, place: LedgerPlace): Promise<Map<unknown, unknown>> {
  const rows = await run(
    `SELECT a.attname AS "name", format_type(a.atttypid, NULL) AS "type" FROM pg_attribute a
      WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
     UNION ALL
     SELECT '', 'keyed' FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = to_regclass($1) AND a.attname = 'key' AND i.indnkeyatts = 1
        AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL`,
    [ledgerName(place)],
  )
  return new Map(rows.map((row) => [row.name, row.type]))
}

function schemaError(place: LedgerPlace, missing: readonly string[] | undefined, cause: unknown) {
  const name = show(place.table ?? LEDGER_TABLE)
  const why = cause instanceof Error ? `, and it could not be made (${cause.message})` : ''
  const columns =
    missing?.length === 0
      ? 'its key is not unique'
      : `${missing?.join(', ') ?? ''} is missing or of another type`
  const problem =
    missing === undefined
      ? `there is no ledger table ${name}${why}`
      : `the table ${name} is not a ledger's: ${columns}`
  return new IfMatchError(
    'ERR_STORE_SCHEMA',
    `postgres ledger: ${problem}. Create it with\n${postgresLedgerSchema(place)};\nor name another one with the options \`table\` and \`schema\` (ERR_STORE_SCHEMA, see docs/errors.md)`,
    cause === undefined ? undefined : { cause },
  )
}
