import {
  insideTransaction,
  rows,
  type SqliteDatabase,
  type SqliteRow,
  type SqliteStatement,
  type SqliteValue,
} from './database.js'
import { keptStatements, type KeptStatements } from './kept-statements.js'
import { triggerNames } from './version-trigger.js'

/** What is known of a table for as long as what the schema says of it stays as it is. */
export interface KnownSchema {
  /** a condition of SQL that holds under it, with these parameters */
  readonly condition: string
  readonly params: readonly SqliteValue[]
  /** that hold only under it, by `Writing.key` */
  readonly statements: KeptStatements
  /** whether it is the schema still */
  stands(): boolean
}

/** Watches for triggers of the application's on one table. */
export interface SchemaWatch {
  /** a schema under which the table has none, as it was last seen; whether it still is one, the write itself must ask */
  readonly known: KnownSchema | undefined
  /** looks whether there is one, or may be, and whether that may be kept in mind */
  hasTriggers(): boolean
}

/** all that the schema says of one table: its own CREATE, and those of its indexes and triggers */
const DEFINITION = `(SELECT group_concat("sql", ';') FROM sqlite_master WHERE "tbl_name" = ? COLLATE NOCASE)`

/** which SQLite prepares anew for each execution, but knows without a look at any object: docs/decisions/0019 */
const VERSION = '(SELECT "schema_version" FROM pragma_schema_version)'

/**
 * A trigger of this connection alone, or a table that stands in front of main's. Their schema has no version, and nearly
 * always has nothing in it.
 */
const TEMPORARY = 'EXISTS (SELECT 1 FROM sqlite_temp_master WHERE tbl_name = ? COLLATE NOCASE)'

const STANDS = `SELECT ${VERSION} = ? AND NOT ${TEMPORARY} AS "stands"`

/** of a schema with more objects, or a table with a longer text, it costs less to ask for the version of the whole */
const MOST_OBJECTS = 64
const LONGEST_DEFINITION = 8192

/** One that is not of `versionTrigger`: of the table's name and the names of those. The text has no column that a migration changes. */
const TRIGGERED = `EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE AND name NOT IN (?, ?))`

/** the tables of attached databases, and temporary ones, get their triggers without a word of this one's schema */
const IS_MAIN = `EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE) AND NOT ${TEMPORARY}`

const LOOK = `SELECT ${DEFINITION} AS "definition", ${VERSION} AS "version",
  (SELECT count(*) FROM sqlite_master) AS "objects", ${TRIGGERED} AS "triggered", ${IS_MAIN} AS "main"`

/** `table`: its name as the schema has it. */
export function schemaWatch(db: SqliteDatabase, table: string): SchemaWatch {
  const names = [table, table, ...triggerNames(table), table, table]
  let look: SqliteStatement | undefined
  let ask: SqliteStatement | undefined
  let known: KnownSchema | undefined
  const isStill = (version: SqliteValue): boolean => {
    ask ??= db.prepare(STANDS)
    // a bigint where the connection has been told so
    return Number(rows(ask, [version, table])[0]?.stands) === 1
  }
  return {
    get known() {
      return known
    },
    hasTriggers() {
      look ??= db.prepare(LOOK)
      const found = rows(look, names)[0]
      const bare = Number(found?.triggered) === 0 && Number(found?.main) === 1
      // a change that is not committed may be undone, and its version be given to another one
      const lasting = bare && insideTransaction(db) === false
      known = lasting ? knownBy(table, found as SqliteRow, isStill) : undefined
      return !bare
    },
  }
}

function knownBy(table: string, seen: SqliteRow, isStill: (version: SqliteValue) => boolean): KnownSchema {
  const { definition = null, version = null, objects } = seen as Readonly<Record<string, SqliteValue>>
  const whole = Number(objects) > MOST_OBJECTS || String(definition).length > LONGEST_DEFINITION
  return {
    condition: `${whole ? VERSION : DEFINITION} = ? AND NOT ${TEMPORARY}`,
    params: whole ? [version, table] : [table, definition, table],
    statements: keptStatements(),
    // a text may have gone and come back since the write was refused under it, a version never does
    stands: () => isStill(version),
  }
}
