import type { Expectation } from '../../core/expectation.js'
import { predicateOf, withVersion } from '../sql/predicate.js'
import type { IdValue, TableShape } from '../sql/table-shape.js'
import { WHOLE_TYPES, type Columns } from './table-columns.js'
import { binding, isShortNumber, isZoned, momentSql, versionSql, type Binding } from './version-sql.js'

/** One statement and its parameters. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** The columns that a write sets, quoted, with values that drivers take. */
export type Sets = readonly (readonly [column: string, value: unknown])[]

/** The statements on one table; each writes at most one row, and returns it. */
export interface TableSql {
  find(id: readonly IdValue[]): Statement
  update(id: readonly IdValue[], expected: Expectation, sets: Sets): Statement
  insert(id: readonly IdValue[], sets: Sets): Statement
  /** returns the row as it was */
  delete(id: readonly IdValue[], expected: Expectation): Statement
}

export interface TableSqlOptions {
  readonly shape: TableShape
  readonly columns: Columns
  /** the column that marks a deleted row, not quoted */
  readonly deleted: string | undefined
  /** whether the application gives the versions of new rows */
  readonly start: boolean
}

export function tableSql({ shape, columns, deleted, start }: TableSqlOptions): TableSql {
  const { table } = shape
  const version = versionSql(shape, columns.get(shape.versionColumn), start)
  const mark = shape.deleted

  // as a text, whatever it is: each driver has its own way with other types
  const bindId = (id: readonly IdValue[], { bind }: Binding): string[] =>
    id.map((value) => bind(String(value)))
  const whole = shape.rules.id.map((name) => WHOLE_TYPES.includes(columns.get(name)?.type ?? ''))
  const here = (row: string, id: readonly IdValue[], { bind }: Binding): string => {
    const same = shape.id.map((column, n) => {
      const value = String(id[n])
      return `${row}.${column} = ${whole[n] === true && isShortNumber(value) ? value : bind(value)}`
    })
    return mark === undefined ? same.join(' AND ') : `${same.join(' AND ')} AND ${row}.${mark} IS NULL`
  }
  const matching = (
    row: string,
    id: readonly IdValue[],
    expected: Expectation,
    parameters: Binding,
  ): string => {
    const predicate = predicateOf(expected, shape.rule, version.predicates(row, parameters))
    return `${here(row, id, parameters)} AND ${withVersion(predicate, version.counted(row))}`
  }
  const statement = (build: (parameters: Binding) => string): Statement => {
    const parameters = binding()
    return { text: build(parameters), values: parameters.values }
  }

  return {
    find: (id) =>
      statement((to) => `SELECT ${version.returned('t')} FROM ${table} AS t WHERE ${here('t', id, to)}`),
    update: (id, expected, sets) =>
      statement((to) => {
        let set = ''
        for (const [column, value] of sets) set += `${column} = ${to.bind(value)}, `
        const where = matching('t', id, expected, to)
        return `UPDATE ${table} AS t SET ${set}${shape.version} = ${version.next('t')} WHERE ${where} RETURNING ${version.returned('t')}`
      }),
    insert: (id, sets) =>
      statement((to) => {
        const names = [...shape.id, shape.version, ...sets.map(([column]) => column)]
        const values = [...bindId(id, to), version.first(to), ...sets.map(([, value]) => to.bind(value))]
        const into = `INSERT INTO ${table} AS t (${names.join(', ')}) VALUES (${values.join(', ')}) ON CONFLICT (${shape.id.join(', ')}) DO`
        const returning = `RETURNING ${version.returned('t')}`
        if (mark === undefined) return `${into} NOTHING ${returning}`
        // EXCLUDED has the default of a column that the new row leaves out: nothing of the old one stays in those
        const anew = shape.columns.map((column) => shape.quotedColumn(column))
        const set = anew.map((column) => `${column} = EXCLUDED.${column}, `).join('')
        const next = `${mark} = NULL, ${shape.version} = ${version.next('t')}`
        return `${into} UPDATE SET ${set}${next} WHERE t.${mark} IS NOT NULL AND ${version.counted('t')} ${returning}`
      }),
    delete: (id, expected) =>
      statement((to) => {
        const where = matching('t', id, expected, to)
        if (mark === undefined || deleted === undefined)
          return `DELETE FROM ${table} AS t WHERE ${where} RETURNING ${version.returned('t')}`
        const { now } = momentSql(6, isZoned(columns.get(deleted)))
        const same = shape.id.map((column) => `t.${column} = was.${column}`).join(' AND ')
        // locked before it is changed, so that the row is returned as the change found it
        return `UPDATE ${table} AS t SET ${mark} = ${now}, ${shape.version} = ${version.next('t')} FROM (SELECT * FROM ${table} AS t WHERE ${where} FOR UPDATE) AS was WHERE ${same} RETURNING ${version.returned('was')}`
      }),
  }
}
