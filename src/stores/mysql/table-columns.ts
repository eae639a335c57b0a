import { show } from '../../core/errors.js'
import type { TableShape } from '../sql/table-shape.js'
import type { VersionRule } from '../sql/version-rule.js'
import { jsonColumns, rowsOf, type MysqlQueries } from './client.js'
import { describe, wholeRange, type Column, type TableName } from './describe.js'
import { schemaMistake } from './errors.js'
import { idForm, type IdForm } from './id-forms.js'

/** What the statements on one table need to know of it. */
export interface TableColumns {
  /** in the order of the id */
  readonly ids: readonly IdForm[]
  readonly version: Column
  /** columns that take any value of JSON */
  readonly json: ReadonlySet<string>
  /** of the column that marks a deleted row */
  readonly deleted: Column | undefined
}

export const AS_THE_TABLE_IS =
  'Its options `name`, `schema`, `id`, `version`, `versionType`, `columns` and `deleted` must be as the table is, and `id` its primary key or unique'

/**
 * Looks at the table once, before its first statement: an update by an id that is not unique would write several rows, a
 * column that keeps less of a moment than was said would repeat versions. Throws ERR_STORE_SCHEMA.
 */
export async function readColumns(
  on: MysqlQueries,
  shape: TableShape,
  table: TableName,
  deleted: string | undefined,
): Promise<TableColumns> {
  const wrong = (problem: string): Error => schemaMistake(shape.name, `${problem}. ${AS_THE_TABLE_IS}`)
  const { columns, unique, transactional } = await describe(on, table)
  const names = shape.rules.id
  const named = [...names, shape.versionColumn, ...(deleted === undefined ? [] : [deleted]), ...shape.columns]
  const missing = named.filter((name) => !columns.has(name))
  if (missing.length > 0) throw wrong(`it has no column ${missing.map(show).join(', ')}`)
  if (!unique.some((index) => index.every((column) => names.includes(column))))
    throw wrong(`${names.map(show).join(', ')} is not unique`)
  if (!transactional) throw wrong('it has no transactions, as InnoDB has them')

  const column = (name: string): Column => columns.get(name) ?? { type: '', collation: '' }
  const ids = names.map((name, n) => {
    const form = idForm(shape.id[n] ?? '', column(name))
    if (form !== undefined) return form
    throw wrong(
      `its column ${show(name)} is a ${column(name).type}${column(name).collation && ' of '}${column(name).collation}, whose values are not told apart safely. An id is a whole number, a text in utf8mb4, latin1 or ascii, octets, a uuid or a date`,
    )
  })
  const version = column(shape.versionColumn)
  if (!canHold(version, shape.rule))
    throw wrong(
      `its version column ${show(shape.versionColumn)} is a ${version.type}, which \`versionType\` does not say`,
    )
  const mark = deleted === undefined ? undefined : column(deleted)
  if (mark !== undefined && !MOMENT.test(mark.type))
    throw wrong(`its column ${show(deleted)}, the option \`deleted\`, is no DATETIME or TIMESTAMP`)
  if (version.type.startsWith('timestamp') && (await hasDaylightSaving(on))) {
    throw wrong(
      `its version column ${show(shape.versionColumn)} is a TIMESTAMP, and under the time_zone of this session one hour of the year comes twice. Make it a DATETIME, or set time_zone to '+00:00'`,
    )
  }
  return { ids, version, json: await jsonColumns(on, shape.table), deleted: mark }
}

const MOMENT = /^(?:datetime|timestamp)(?:\((\d)\))?/

function canHold(column: Column, { kind, digits }: VersionRule): boolean {
  switch (kind) {
    case 'integer':
      return wholeRange(column) !== undefined
    case 'uuid':
      return /^(?:uuid|binary\(16\)|char\(36\)|varchar\(\d+\))$/.test(column.type)
    case 'timestamp': {
      const found = MOMENT.exec(column.type)
      return found !== null && Number(found[1] ?? 0) === digits
    }
  }
}

/** Whether the session's zone changes its offset within a year: looks each fortnight. */
async function hasDaylightSaving(on: MysqlQueries): Promise<boolean> {
  const fortnights = Array.from({ length: 27 }, (_, n) => `SELECT ${n * 14 * 86_400} AS later`)
  const local = "TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', FROM_UNIXTIME(UNIX_TIMESTAMP() + later))"
  const offsets = `SELECT COUNT(DISTINCT ${local} - later) AS offsets FROM (${fortnights.join(' UNION ALL ')}) AS fortnights`
  return Number((await rowsOf(on, offsets, 'plainly'))[0]?.offsets) > 1
}
