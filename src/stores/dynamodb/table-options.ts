import { optionError } from '../../core/errors.js'
import type { ColumnRules } from '../../core/columns.js'
import type { Identity } from '../../core/table.js'
import type { DynamodbItem } from './document.js'
import { keyOf } from './item-key.js'
import { attributeName, tableName } from './names.js'
import { readVersion, type DynamodbVersion, type DynamodbVersionType } from './version.js'

export interface DynamodbTableOptions<Row extends object> {
  /** the table's name, or its ARN */
  readonly name: string
  /** its partition key, or that and its sort key; `id` */
  readonly id?: (keyof Row & string) | readonly (keyof Row & string)[]
  /** the version attribute, which every item must have; `version` */
  readonly version?: keyof Row & string
  /** what the version attribute holds; `integer` */
  readonly versionType?: DynamodbVersionType
  /** what `update` and `insert` may set */
  readonly columns: readonly (keyof Row & string)[]
  /**
   * an attribute for a moment, null or not there on living items. Where it is named, `delete` sets it and keeps the
   * item, an item that has it set is not there for anybody, and an `insert` of the same id brings it back under a
   * further version
   */
  readonly deleted?: keyof Row & string
  /** the version of an item that is inserted, where versions are integers: a whole number above any that an item of this id ever had */
  readonly start?: () => number
}

const OPTIONS = ['name', 'id', 'version', 'versionType', 'columns', 'deleted', 'start']

/** The options, checked. */
export interface TableShape {
  /** how messages call it */
  readonly name: string
  readonly table: string
  readonly id: readonly string[]
  readonly versionColumn: string
  readonly version: DynamodbVersion
  readonly columns: readonly string[]
  readonly rules: ColumnRules
  readonly deleted: string | undefined
  /** undefined where no item can have such a key; throws ERR_KEY_MISMATCH */
  keyOf(identity: Identity): DynamodbItem | undefined
}

/** Reads and checks the options of a table. */
export function readShape<Row extends object>(options: DynamodbTableOptions<Row>): TableShape {
  for (const [name, value] of Object.entries(options)) {
    const fix = `dynamodbTable takes ${OPTIONS.join(', ')}.`
    if (!OPTIONS.includes(name)) throw optionError(name, value, fix, 'ERR_OPTION_UNKNOWN')
  }
  const table = tableName('name', options.name)
  const given: unknown = options.id ?? 'id'
  const ids = (isArray(given) ? given : [given]).map((name) => attributeName('id', name))
  if (ids.length < 1 || ids.length > 2 || ids[0] === ids[1])
    throw optionError('id', given, 'Name the partition key, or that and the sort key.')
  const versionColumn = attributeName('version', options.version ?? 'version')
  const deleted = options.deleted === undefined ? undefined : attributeName('deleted', options.deleted)
  const own = [...ids, versionColumn]
  if (ids.includes(versionColumn))
    throw optionError('version', versionColumn, 'It is the id; name another attribute.')
  if (deleted !== undefined && own.includes(deleted))
    throw optionError('deleted', deleted, 'It is the id or the version; name another attribute.')
  if (deleted !== undefined) own.push(deleted)
  const listed: unknown = options.columns
  if (!isArray(listed)) throw optionError('columns', listed, 'List the columns that may be set.')
  const columns = listed.map((name) => attributeName('columns', name))
  for (const name of columns) {
    if (!own.includes(name)) continue
    const fix =
      'The id, the version and the mark of a deleted item are never set by a change; leave them out.'
    throw optionError('columns', name, fix)
  }
  const label = `dynamodb table ${table}`
  return {
    name: label,
    table,
    id: ids,
    versionColumn,
    version: readVersion(options.versionType, options.start),
    columns,
    rules: { table: label, columns, id: ids, version: versionColumn },
    deleted,
    keyOf: (identity) => keyOf(label, ids, identity),
  }
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
