import type { ColumnRules } from '../../core/columns.js'
import { IfMatchError, optionError, show } from '../../core/errors.js'
import type { Identity } from '../../core/table.js'
import { TABLE_OPTIONS, type SqlTableOptions } from './table-options.js'
import { versionFix, versionRule, type VersionRule } from './version-rule.js'

/** How one database takes names. */
export interface NameDialect {
  /** the name of the constructor, for messages: `sqliteTable` */
  readonly maker: string
  /** how messages call a table: `sqlite table orders` */
  label(name: string): string
  /** an identifier, whatever characters it has; throws ERR_OPTION_INVALID for what can be none */
  quoted(option: string, name: unknown): string
  /** names that are the same column are the same text after this */
  folded(name: string): string
  /** options of this store alone */
  readonly options: readonly string[]
}

export type IdValue = string | number | bigint

/** The options, checked and quoted. */
export interface TableShape {
  /** how messages call it */
  readonly name: string
  readonly versionColumn: string
  readonly rule: VersionRule
  readonly columns: readonly string[]
  readonly rules: ColumnRules
  /** quoted, as the ones below are */
  readonly table: string
  readonly id: readonly string[]
  readonly version: string
  /** undefined where rows are really deleted */
  readonly deleted: string | undefined
  quotedColumn(column: string): string
  /** the id's values, in the order of `id`; throws ERR_KEY_MISMATCH */
  idOf(identity: Identity): IdValue[]
  /** the version of a new row, where versions are integers */
  start(): number
  /** throws ERR_VERSION_INVALID */
  versionOf(row: unknown): string
}

/** Reads and checks the options of a table, those of `dialect.options` excepted. */
export function readShape<Row extends object>(
  options: SqlTableOptions<Row>,
  dialect: NameDialect,
): TableShape {
  const known = [...TABLE_OPTIONS, ...dialect.options]
  for (const [name, value] of Object.entries(options)) {
    const fix = `${dialect.maker} takes ${known.join(', ')}.`
    if (!known.includes(name)) throw optionError(name, value, fix, 'ERR_OPTION_UNKNOWN')
  }
  const { version: versionColumn = 'version', columns, start = startOfLife, deleted } = options
  const ids: readonly string[] = typeof options.id === 'object' ? options.id : [options.id ?? 'id']
  const table = dialect.quoted('name', options.name)
  const id = ids.map((column) => dialect.quoted('id', column))
  if (id.length === 0) throw optionError('id', ids, 'Name at least one column.')
  if (!isArray(columns)) throw optionError('columns', columns, 'List the columns that may be set.')
  const version = dialect.quoted('version', versionColumn)
  const gone = deleted === undefined ? undefined : dialect.quoted('deleted', deleted)
  const reserved = [...ids, versionColumn, ...(deleted === undefined ? [] : [deleted])]
  const names = quotedNames(columns, reserved, dialect)
  if (typeof start !== 'function')
    throw optionError('start', start, 'Give a function that returns a whole number.')
  const rule = versionRule(options.versionType)
  const label = dialect.label(options.name)
  return {
    name: label,
    versionColumn,
    rule,
    columns: [...columns],
    rules: { table: label, columns: [...columns], id: ids, version: versionColumn },
    table,
    id,
    version,
    deleted: gone,
    quotedColumn: (column) => names.get(column) ?? dialect.quoted('columns', column),
    idOf: (identity) => ids.map((column) => idValue(label, identity, column, ids.length === 1)),
    start() {
      const count: unknown = start()
      if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count
      throw optionError('start()', count, 'Return a whole number, 0 or above, below 2^53.')
    },
    versionOf(row) {
      const value = (row as Record<string, unknown>)[versionColumn]
      const text = rule.textOf(value)
      if (text !== undefined) return text
      throw new IfMatchError(
        'ERR_VERSION_INVALID',
        `${label}: ${show(value)} in column ${show(versionColumn)} is no version. ${versionFix(rule, value)} (ERR_VERSION_INVALID, see docs/errors.md)`,
      )
    },
  }
}

/** The columns that a change may set, quoted; what the store itself sets is not among them. */
function quotedNames(
  columns: readonly string[],
  reserved: readonly string[],
  dialect: NameDialect,
): Map<string, string> {
  const taken = reserved.map((name) => dialect.folded(name))
  const names = new Map<string, string>()
  for (const column of columns) {
    const name = dialect.quoted('columns', column)
    if (taken.includes(dialect.folded(column))) {
      const fix =
        'The id, the version and the mark of a deleted row are never set by a change; leave them out.'
      throw optionError('columns', column, fix)
    }
    names.set(column, name)
  }
  return names
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/** a count that began at the clock is above this; one that an application, a console or a DEFAULT gave is below */
export const FIRST_OF_CLOCK = 1_000_000_000_000_000

/**
 * A row that is deleted takes its version with it. Were the next one of the same id to start at 1 again, a version
 * that a client still holds would come back and match (P2). The clock in microseconds is above whatever an earlier
 * life reached, unless that had more than one update in every microsecond of its life. Below 2^53 until the year 2255.
 */
function startOfLife(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1000)
}

/** A template with one parameter may call it as the column, or `id`. */
function idValue(table: string, identity: Identity, column: string, sole: boolean): IdValue {
  const value = Object.hasOwn(identity, column) || !sole ? identity[column] : identity.id
  if (typeof value === 'string' || typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new IfMatchError(
    'ERR_KEY_MISMATCH',
    `${table}: the key gives ${show(value)} for the id column ${show(column)}. Its template must have a parameter of that name, with a text or a number (ERR_KEY_MISMATCH, see docs/errors.md)`,
  )
}
