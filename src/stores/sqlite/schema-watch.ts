import {
  insideTransaction,
  rows,
  type SqliteDatabase,
  type SqliteStatement,
  type SqliteValue,
} from './database.js'
import { keptStatements, type KeptStatements } from './kept-statements.js'
import { triggerNames } from './version-trigger.js'

/** What is known of a table for as long as the schema stays as it is. */
export interface KnownSchema {
  /** as `PRAGMA schema_version` counts: every change that is committed makes it another one */
  readonly version: SqliteValue
  /** that hold only under it, by `Writing.key` */
  readonly statements: KeptStatements
}

/** Watches for triggers of the application's on one table. */
export interface SchemaWatch {
  /** a schema under which the table has none, as it was last seen; whether it still is one, the write itself must ask */
  readonly known: KnownSchema | undefined
  /** whether it is the schema still */
  stands(known: KnownSchema): boolean
  /** looks whether there is one, and whether that may be kept in mind */
  hasTriggers(): boolean
}

/** A condition of SQL that holds under the schema whose version it is given. */
export const UNDER_SCHEMA = '(SELECT "schema_version" FROM pragma_schema_version) = ?'

/** One that is not of `versionTrigger`: of the table's name and the names of those. The text has no column that a migration changes. */
const TRIGGERED = `EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE AND name NOT IN (?, ?))`

/** another database's tables, and temporary ones, change without a word of this one's schema */
const IS_MAIN = `EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE)
  AND NOT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE tbl_name = ? COLLATE NOCASE)`

const LOOK = `SELECT (SELECT "schema_version" FROM pragma_schema_version) AS "version", ${TRIGGERED} AS "triggered", ${IS_MAIN} AS "main"`

/** `table`: its name as the schema has it. */
export function schemaWatch(db: SqliteDatabase, table: string): SchemaWatch {
  const names = [table, ...triggerNames(table), table, table]
  let look: SqliteStatement | undefined
  let version: SqliteStatement | undefined
  let known: KnownSchema | undefined
  return {
    get known() {
      return known
    },
    stands(seen) {
      version ??= db.prepare('PRAGMA schema_version')
      // a bigint where the connection has been told so meanwhile
      return Number(rows(version, [])[0]?.schema_version) === Number(seen.version)
    },
    hasTriggers() {
      look ??= db.prepare(LOOK)
      const found = rows(look, names)[0]
      const triggered = Number(found?.triggered) !== 0
      // a change that is not committed may be undone, and its version be given to another one
      const lasting = insideTransaction(db) === false && Number(found?.main) === 1
      const version = found?.version as SqliteValue
      known = lasting && !triggered ? { version, statements: keptStatements() } : undefined
      return triggered
    },
  }
}
