import { soleVersion, type Expectation } from '../../core/expectation.js'
import { predicateOf, withVersion } from '../sql/predicate.js'
import type { IdValue, TableShape } from '../sql/table-shape.js'
import type { Columns } from './table-columns.js'
import { binding, isZoned, momentSql, versionSql, type Binding } from './version-sql.js'

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

const MOST_TEXTS = 100

export function tableSql({ shape, columns, deleted, start }: TableSqlOptions): TableSql {
  const { table } = shape
  const version = versionSql(shape, columns.get(shape.versionColumn), start)
  const mark = shape.deleted

  // as a text, whatever it is: each driver has its own way with other types
  const bindId = (id: readonly IdValue[], { bind }: Binding): string[] =>
    id.map((value) => bind(String(value)))
  const here = (row: string, id: readonly IdValue[], parameters: Binding): string => {
    const places = bindId(id, parameters)
    const same = shape.id.map((column, n) => `${row}.${column} = ${places[n] ?? ''}`).join(' AND ')
    return mark === undefined ? same : `${same} AND ${row}.${mark} IS NULL`
  }
  const matching = (
    row: string,
    id: readonly IdValue[],
    expected: Expectation,
    parameters: Binding,
  ): string => {
    // bound before the id, as `valuesOfUpdate` has it
    const predicate = predicateOf(expected, shape.rule, version.predicates(row, parameters))
    return `${here(row, id, parameters)} AND ${withVersion(predicate, version.counted(row))}`
  }
  /** by the columns that they set */
  const updates = new Map<string, string>()
  /** in the order of `update`, where the version is one and says all; undefined where the text depends on more */
  const valuesOfUpdate = (
    id: readonly IdValue[],
    expected: Expectation,
    sets: Sets,
  ): readonly unknown[] | undefined => {
    const only = soleVersion(expected)
    if (only === undefined || shape.rule.kind === 'timestamp' || !shape.rule.isVersion(only)) return undefined
    return [...sets.map(([, value]) => value), only, ...id.map(String)]
  }
  const statement = (build: (parameters: Binding) => string): Statement => {
    const parameters = binding()
    return { text: build(parameters), values: parameters.values }
  }

  return {
    find: (id) =>
      statement((to) => `SELECT ${version.returned('t')} FROM ${table} AS t WHERE ${here('t', id, to)}`),
    update(id, expected, sets) {
      const values = valuesOfUpdate(id, expected, sets)
      const columns = sets.map(([column]) => column).join()
      const kept = values === undefined ? undefined : updates.get(columns)
      if (kept !== undefined && values !== undefined) return { text: kept, values }
      const built = statement((to) => {
        const set = sets.map(([column, value]) => `${column} = ${to.bind(value)}, `).join('')
        const where = matching('t', id, expected, to)
        return `UPDATE ${table} AS t SET ${set}${shape.version} = ${version.next('t')} WHERE ${where} RETURNING ${version.returned('t')}`
      })
      // which columns a client names is his to say: those that come first are kept
      if (values !== undefined && updates.size < MOST_TEXTS) updates.set(columns, built.text)
      return built
    },
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
