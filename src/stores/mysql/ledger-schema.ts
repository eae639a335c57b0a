import { show } from '../../core/errors.js'
import { ask, type MysqlQueries } from './client.js'
import { describe, type TableName } from './describe.js'
import { errorNumber, isMissing, schemaMistake } from './errors.js'
import { LONGEST_KEY } from './ledger-sql.js'
import { qualified } from './quote.js'

export const LEDGER_TABLE = 'if_match_ledger'

/** how messages call it */
export const LEDGER = 'mysql ledger'

/** Where a ledger's table is. */
export interface LedgerPlace {
  /** `if_match_ledger` */
  readonly table?: string
  /** the database that has it, or gets it; left out: that of the connections */
  readonly schema?: string
}

/** What a table must have at least to serve as a ledger: octets for texts, so that no collation makes two of them equal. */
const COLUMNS: Readonly<Record<string, RegExp>> = {
  key: /^varbinary\((?:[7-9]\d\d|\d{4,})\)$/,
  count: /^bigint/,
  existence: /^varchar/,
  fence: /^bigint/,
  token: /^varbinary/,
  beat: /^bigint/,
  lease: /^bigint/,
  expires: /^datetime\(6\)$/,
  doubtful: /^tinyint/,
  settled: /^varbinary/,
  data: /text$/,
}

export function ledgerName({ table = LEDGER_TABLE, schema }: LedgerPlace): TableName {
  return { name: table, schema, quoted: qualified(schema, 'table', table) }
}

/** The DDL of a ledger's table, for a migration of your own together with `create: false`. */
export function mysqlLedgerSchema(place: LedgerPlace = {}): string {
  return `CREATE TABLE IF NOT EXISTS ${ledgerName(place).quoted} (
  \`key\` VARBINARY(${LONGEST_KEY}) NOT NULL PRIMARY KEY,  -- in UTF-8; the first characters and a hash, where it is longer
  \`count\` BIGINT NOT NULL,         -- the version; never goes back, so rows are never deleted
  \`existence\` VARCHAR(7) NOT NULL, -- unknown, present, deleted
  \`fence\` BIGINT NOT NULL,         -- grows with every claim
  \`token\` VARBINARY(255),          -- names the claim that stands, if one does
  \`beat\` BIGINT NOT NULL,          -- how often it was renewed
  \`lease\` BIGINT NOT NULL,         -- its life without a renewal, in ms
  \`expires\` DATETIME(6),           -- when that life is over, in UTC, by the clock of this server
  \`doubtful\` TINYINT NOT NULL,     -- 1: somebody else wrote while it stood
  \`settled\` VARBINARY(255),        -- the token that settled \`count\`
  \`data\` LONGTEXT                  -- kept free for what a key may carry later, like a lock, or an answer to replay
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`
}

/** Makes sure that the table is there and is a ledger, and not somebody else's of the same name. */
export async function prepareLedger(on: MysqlQueries, place: LedgerPlace, create: boolean): Promise<void> {
  const table = ledgerName(place)
  let found = await describe(on, table).catch(unlessMissing)
  let cause: unknown
  if (found === undefined && create) {
    cause = await ask(on, mysqlLedgerSchema(place), 'plainly').then(
      () => undefined,
      (error: unknown) => error,
    )
    found = await describe(on, table).catch(unlessMissing)
  }
  if (found === undefined) {
    if (cause instanceof Error && errorNumber(cause) === undefined) throw cause
    const why = cause instanceof Error ? ` (${cause.message})` : ''
    throw mistake(place, `there is no ledger table${why}:`, cause)
  }
  const { columns, unique, transactional } = found
  const wrong = Object.entries(COLUMNS).filter(([name, type]) => !type.test(columns.get(name)?.type ?? ''))
  if (wrong.length > 0) {
    const names = wrong.map(([name]) => name).join(', ')
    throw mistake(place, `${names} is missing or of another type in the table`)
  }
  if (!unique.some((index) => index.join() === 'key'))
    throw mistake(place, 'the key is not unique in the table')
  if (!transactional) throw mistake(place, 'there are no transactions, as InnoDB has them, in the table')
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}

function mistake(place: LedgerPlace, problem: string, cause?: unknown): Error {
  return schemaMistake(
    LEDGER,
    `${problem} ${show(place.table ?? LEDGER_TABLE)}. Create it with\n${mysqlLedgerSchema(place)};\nor name another one with the options \`table\` and \`schema\``,
    cause,
  )
}
