import { IfMatchError, show } from '../../core/errors.js'
import type { TableShape } from '../sql/table-shape.js'
import type { Run } from './client.js'
import { sqlState } from './errors.js'

/** A column as PostgreSQL knows it. */
export interface Column {
  /** as `format_type` spells it without a modifier; a domain's is the type below it, however many are in between */
  readonly type: string
  /** digits of a second that a timestamp keeps */
  readonly digits: number
  /** characters that a varchar or char holds */
  readonly length: number
}

/** The columns of the application's table, by name. */
export type Columns = ReadonlyMap<string, Column>

export const WHOLE_TYPES: readonly string[] = ['smallint', 'integer', 'bigint']

const VERSION_TYPES = {
  integer: WHOLE_TYPES,
  uuid: ['uuid'],
  timestamp: ['timestamp with time zone', 'timestamp without time zone'],
} as const

/** What the store is told of the table, besides its shape. */
export interface NamedColumns {
  readonly id: readonly string[]
  readonly deleted: string | undefined
}

/**
 * Looks at the table once, before its first statement: an update by an id that is not unique would write several rows,
 * and a column that keeps less of a moment than was said would repeat versions. Throws ERR_STORE_SCHEMA.
 */
export async function readColumns(
  run: Run,
  shape: TableShape,
  { id, deleted }: NamedColumns,
): Promise<Columns> {
  const rows = await run(
    // of a domain the column itself has no modifier: the innermost one has that of the type below
    `SELECT a.attname AS "name", base."modifier" AS "modifier", format_type(base.oid, NULL) AS "type",
        EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indimmediate
          AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = cardinality($2::text[])
          AND (SELECT count(*) FROM unnest(i.indkey) WITH ORDINALITY AS k(number, place)
            JOIN pg_attribute c ON c.attrelid = i.indrelid AND c.attnum = k.number
            WHERE k.place <= i.indnkeyatts AND c.attname = ANY($2::text[])) = i.indnkeyatts) AS "keyed"
      FROM pg_attribute a CROSS JOIN LATERAL (
        WITH RECURSIVE below(oid, "modifier", domain) AS (
          SELECT t.oid, a.atttypmod, t.typtype = 'd' FROM pg_type t WHERE t.oid = a.atttypid
          UNION ALL
          SELECT t.oid, d.typtypmod, t.typtype = 'd' FROM below b
            JOIN pg_type d ON b.domain AND d.oid = b.oid JOIN pg_type t ON t.oid = d.typbasetype)
        SELECT oid, "modifier" FROM below WHERE NOT domain) AS base
      WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`,
    [shape.table, [...new Set(id)]],
  )
  const columns = new Map<string, Column>()
  for (const row of rows) columns.set(String(row.name), columnOf(String(row.type), Number(row.modifier)))

  const wrong = (problem: string): IfMatchError => schemaError(shape.name, problem)
  if (columns.size === 0) throw wrong(`there is no table ${shape.table}`)
  const named = [...id, shape.versionColumn, ...(deleted === undefined ? [] : [deleted]), ...shape.columns]
  const missing = named.filter((name) => !columns.has(name))
  if (missing.length > 0) throw wrong(`it has no column ${missing.map(show).join(', ')}`)
  if (rows[0]?.keyed !== true) throw wrong(`${id.map(show).join(', ')} is not unique`)

  const version = columns.get(shape.versionColumn)
  const types: readonly unknown[] = VERSION_TYPES[shape.rule.kind]
  const versionName = `its version column ${show(shape.versionColumn)}`
  if (version === undefined || !types.includes(version.type))
    throw wrong(`${versionName} is of type ${String(version?.type)}, which \`versionType\` does not say`)
  if (shape.rule.kind === 'timestamp' && version.digits < shape.rule.digits)
    throw wrong(`${versionName} keeps ${version.digits} digits of a second, and \`versionType\` says more`)
  const mark: readonly unknown[] = VERSION_TYPES.timestamp
  if (deleted !== undefined && !mark.includes(columns.get(deleted)?.type))
    throw wrong(`its column ${show(deleted)}, the option \`deleted\`, is no timestamptz or timestamp`)
  return columns
}

function columnOf(type: string, modifier: number): Column {
  // pg_attribute: -1 for none; of character types it counts 4 bytes of a header that they once had
  return {
    type,
    digits: modifier === -1 ? 6 : modifier,
    length: modifier === -1 ? Infinity : modifier - 4,
  }
}

/** undefined_table, undefined_column, invalid_schema_name, invalid_column_reference, undefined_function, datatype_mismatch */
const SCHEMA_STATES = ['42P01', '42703', '3F000', '42P10', '42883', '42804']

/** An error that says that the table is not as the options say, as ERR_STORE_SCHEMA; any other as it is. */
export function schemaOr(table: string, error: unknown): unknown {
  if (!(error instanceof Error) || !SCHEMA_STATES.includes(sqlState(error) ?? '')) return error
  return schemaError(table, error.message, error)
}

function schemaError(table: string, problem: string, cause?: Error): IfMatchError {
  return new IfMatchError(
    'ERR_STORE_SCHEMA',
    `${table}: ${problem}. Its options \`name\`, \`schema\`, \`id\`, \`version\`, \`versionType\`, \`columns\` and \`deleted\` must be as the table is, and \`id\` its primary key or unique (ERR_STORE_SCHEMA, see docs/errors.md)`,
    cause === undefined ? undefined : { cause },
  )
}

/** For inserts without a `start`: the clock in microseconds has no room in 32 bits. */
export function noRoom(table: string, type: string): IfMatchError {
  return schemaError(
    table,
    `its version column is of type ${type}, which has no room for the version of a new row, the clock in microseconds. Make it a bigint, or give \`start\``,
  )
}
