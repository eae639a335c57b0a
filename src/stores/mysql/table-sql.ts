import type { Expectation } from '../../core/expectation.js'
import { predicateOf, withVersion } from '../sql/predicate.js'
import type { IdValue, TableShape } from '../sql/table-shape.js'
import { datetimeSql, timestampSql } from './moment-sql.js'
import type { TableColumns } from './table-columns.js'
import { versionSql, type VersionSql } from './version-sql.js'

/** The columns that a write sets, quoted, with literals. */
export type Sets = readonly (readonly [column: string, literal: string])[]

/** An id as the columns may hold it. */
export interface Id {
  readonly values: readonly IdValue[]
  readonly literals: readonly string[]
}

/** The statements on one table; of those of one step, one gives the row. */
export interface TableSql {
  readonly version: VersionSql
  /** undefined for an id that no row can have */
  id(values: readonly IdValue[]): Id | undefined
  /** `locking`: what is committed last, and stays so until this transaction ends */
  find(id: Id, locking: boolean): string
  update(id: Id, expected: Expectation, sets: Sets): readonly string[]
  /** the row as it was */
  delete(id: Id, expected: Expectation): readonly string[]
  /** gives nothing where the row that was written is not of this very id */
  insert(id: Id, sets: Sets): readonly string[]
  /** brings back a row that is marked as deleted, as if it had been inserted */
  revive(id: Id, sets: Sets): readonly string[]
  /** whether a row, marked as deleted or not, stands in the way of this id */
  standing(id: Id, locking: boolean): string
}

/** the column of an answer that tells the version; no name of an application's */
export const SHOWN = 'express-if-match version'

export function tableSql(shape: TableShape, columns: TableColumns, start: boolean): TableSql {
  const { table, deleted: mark } = shape
  const version = versionSql(shape, columns.version, start)
  const answer = `SELECT *, ${version.shown} AS \`${SHOWN}\` FROM ${table}`

  const same = ({ values, literals }: Id): string =>
    columns.ids.map((form, n) => form.same(values[n] ?? '', literals[n] ?? '')).join(' AND ')
  const here = (id: Id): string => (mark === undefined ? same(id) : `${same(id)} AND ${mark} IS NULL`)
  const matching = (id: Id, expected: Expectation): string => {
    const predicate = predicateOf(expected, shape.rule, version.predicates)
    return `WHERE ${here(id)} AND ${withVersion(predicate, version.counted)}`
  }
  const change = (sets: Sets, where: string): string => {
    const list = [...sets, [shape.version, version.next()] as const]
    return `UPDATE ${table} SET ${list.map((set) => set.join(' = ')).join(', ')} ${where}`
  }
  // each write moves the version, so that the rows it matched are always rows it changed; a read that locks what its
  // transaction has locked already needs no view of what else is committed, which costs the server more
  const written = (id: Id): string => `${answer} WHERE ${same(id)} AND ROW_COUNT() > 0 LOCK IN SHARE MODE`

  return {
    version,
    id(values) {
      const literals = columns.ids.map((form, n) => form.literal(values[n] ?? ''))
      return literals.includes(undefined) ? undefined : { values, literals: literals as string[] }
    },
    find: (id, locking) => `${answer} WHERE ${here(id)}${locking ? ' FOR UPDATE' : ''}`,
    update: (id, expected, sets) => [change(sets, matching(id, expected)), written(id)],
    delete(id, expected) {
      const where = matching(id, expected)
      const { now } = columns.deleted?.type.startsWith('timestamp') ? timestampSql(0) : datetimeSql(0)
      const removal = mark === undefined ? `DELETE FROM ${table} ${where}` : change([[mark, now]], where)
      return [`${answer} ${where} FOR UPDATE`, removal]
    },
    insert(id, sets) {
      const row = [
        ...shape.id.map((column, n) => [column, id.literals[n]]),
        [shape.version, version.first()],
        ...sets,
      ]
      const names = row.map(([column]) => column).join(', ')
      const values = row.map(([, literal]) => literal).join(', ')
      return [`INSERT INTO ${table} (${names}) VALUES (${values})`, `${answer} WHERE ${same(id)}`]
    },
    revive(id, sets) {
      const given = new Map(sets)
      // as an insert would: nothing of the old row stays in the columns that the new one leaves out
      const anew = shape.columns.map((name) => {
        const column = shape.quotedColumn(name)
        return [column, given.get(column) ?? 'DEFAULT'] as const
      })
      const where = `WHERE ${same(id)} AND ${mark ?? 'NULL'} IS NOT NULL AND ${version.counted}`
      return [change([...anew, [mark ?? '', 'NULL']], where), written(id)]
    },
    standing: ({ literals }, locking) => {
      const alike = shape.id.map((column, n) => `${column} = ${literals[n] ?? ''}`).join(' AND ')
      return `SELECT 1 FROM ${table} WHERE ${alike}${locking ? ' FOR UPDATE' : ''}`
    },
  }
}
