import { IfMatchError } from '../../core/errors.js'
import { rows, type SqliteDatabase, type SqliteStatement } from './database.js'
import { quoted } from './quote.js'

export const LEDGER_TABLE = 'if_match_ledger'

/** name, type, and whether it is the primary key: what a table must have at least to serve as a ledger */
const COLUMNS = [
  ['key', 'TEXT', 1],
  ['count', 'INTEGER', 0],
  ['existence', 'TEXT', 0],
  ['fence', 'INTEGER', 0],
  ['token', 'TEXT', 0],
  ['beat', 'INTEGER', 0],
  ['lease', 'INTEGER', 0],
  ['doubtful', 'INTEGER', 0],
  ['settled', 'TEXT', 0],
  ['data', 'TEXT', 0],
] as const

/** The DDL of a ledger's table, for a migration of your own together with `create: false`. */
export function sqliteLedgerSchema(table: string = LEDGER_TABLE): string {
  return `CREATE TABLE IF NOT EXISTS ${quoted('table', table)} (
  "key" TEXT NOT NULL PRIMARY KEY,
  "count" INTEGER NOT NULL,      -- the version; never goes back, so rows are never deleted
  "existence" TEXT NOT NULL,     -- unknown, present, deleted
  "fence" INTEGER NOT NULL,      -- grows with every claim
  "token" TEXT,                  -- names the claim that stands, if one does
  "beat" INTEGER NOT NULL,       -- how often it was renewed
  "lease" INTEGER NOT NULL,      -- its life without a renewal, in ms
  "doubtful" INTEGER NOT NULL,   -- 1: somebody else wrote while it stood
  "settled" TEXT,                -- the token that settled "count"
  "data" TEXT                    -- kept free for what a key may carry later, like a lock, or an answer to replay
) WITHOUT ROWID`
}

/** Makes sure that the table is there and is a ledger, and not somebody else's of the same name. */
export function prepareSchema(db: SqliteDatabase, table: string, create: boolean): void {
  let found = columnsOf(db, table)
  if (found.size === 0 && create) {
    db.exec(sqliteLedgerSchema(table))
    found = columnsOf(db, table)
  }
  const missing = COLUMNS.filter(([name, type, key]) => found.get(name) !== `${type} ${key}`)
  if (missing.length === 0) return
  const names = missing.map(([name]) => name).join(', ')
  const problem =
    found.size === 0
      ? `there is no ledger table ${JSON.stringify(table)}`
      : `the table ${JSON.stringify(table)} is not a ledger's: ${names} is missing, of another type, or not the key`
  throw new IfMatchError(
    'ERR_STORE_SCHEMA',
    `sqlite ledger: ${problem}. Create it with\n${sqliteLedgerSchema(table)};\nor name another one with the option \`table\` (ERR_STORE_SCHEMA, see docs/errors.md)`,
  )
}

/** Type and place in the primary key, by name; empty where there is no such table. */
function columnsOf(db: SqliteDatabase, table: string): Map<unknown, string> {
  const info = db.prepare('SELECT "name", "type", "pk" FROM pragma_table_info(?)')
  return new Map(rows(info, [table]).map((row) => [row.name, `${String(row.type)} ${Number(row.pk)}`]))
}

/** Prepared once: their columns are named, so that a column added later changes nothing. */
export interface LedgerStatements {
  /** key */
  readonly read: SqliteStatement
  /** keys, as a JSON array: any number of them in one statement and one parameter */
  readonly readMany: SqliteStatement
  /** `to`, then key and `from` */
  readonly swap: SqliteStatement
  /** the whole row, then `to` and `from`: what nobody has seen yet is claimed by the same single statement */
  readonly swapUnseen: SqliteStatement
}

const RECORD = '"key", "count", "existence", "fence", "token", "beat", "lease", "doubtful", "settled"'

const CHANGE =
  '"count" = ?, "existence" = coalesce(?, "existence"), "fence" = "fence" + ?, "token" = ?, "beat" = ?, "lease" = ?, "doubtful" = ?, "settled" = CASE WHEN ? THEN ? ELSE "settled" END'

const MATCH = '"count" = ? AND "token" IS ? AND "beat" = ?'

export function prepareStatements(db: SqliteDatabase, name: string): LedgerStatements {
  const table = quoted('table', name)
  return {
    read: db.prepare(`SELECT ${RECORD} FROM ${table} WHERE "key" = ?`),
    readMany: db.prepare(`SELECT ${RECORD} FROM ${table} WHERE "key" IN (SELECT "value" FROM json_each(?))`),
    swap: db.prepare(`UPDATE ${table} SET ${CHANGE} WHERE "key" = ? AND ${MATCH} RETURNING ${RECORD}`),
    swapUnseen: db.prepare(
      `INSERT INTO ${table} (${RECORD}) VALUES (?, ?, coalesce(?, 'unknown'), ?, ?, ?, ?, ?, ?)
       ON CONFLICT ("key") DO UPDATE SET ${CHANGE} WHERE ${MATCH} RETURNING ${RECORD}`,
    ),
  }
}
