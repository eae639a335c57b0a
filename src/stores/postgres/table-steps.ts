import { pickColumns } from '../../core/columns.js'
import { show } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import { rejected } from '../../core/promise.js'
import type { Identity, TableSteps } from '../../core/table.js'
import type { SqlRow } from '../sql/ledger-row.js'
import { malformedKey } from '../sql/malformed-key.js'
import type { IdValue } from '../sql/table-shape.js'
import type { Run } from './client.js'
import { afterOnce } from '../sql/once.js'
import { canBe, hasRoom, isFormError, isTooLong } from './id-forms.js'
import { noRoom, schemaOr } from './table-columns.js'
import type { Sets, Statement, TableSql, TableSqlOptions } from './table-sql.js'
import { toPostgres } from './values.js'

/** The steps of a table, answered with promises. */
export interface PostgresTableSteps<Row> extends TableSteps<Row> {
  /** an id that its column cannot hold is the id of no row */
  find(identity: Identity): Promise<Row | undefined>
  /** a change without any column still moves the version: the client wrote, and whoever read before must see it */
  update(identity: Identity, expected: Expectation, change: Partial<Row>): Promise<Row | undefined>
  /** a unique column that is taken is the driver's error; an id that its column cannot hold is `malformed-key` */
  insert(identity: Identity, row: Partial<Row>): Promise<Row | undefined>
  delete(identity: Identity, expected: Expectation): Promise<Row | undefined>
}

/** What is known once the table has been looked at. */
export interface PreparedTable extends TableSqlOptions {
  readonly sql: TableSql
}

export function tableSteps<Row>(run: Run, prepared: () => Promise<PreparedTable>): PostgresTableSteps<Row> {
  const afterPrepared = afterOnce(prepared)
  const first = (rows: readonly SqlRow[]) => rows[0] as Row | undefined

  function only({ shape }: PreparedTable, { text, values }: Statement): Promise<Row | undefined> {
    return run(text, values).then(first, (error: unknown) => {
      throw schemaOr(shape.name, error)
    })
  }

  /** the row of this id that the statement matched; undefined too where the id has a form that no row has */
  function matched(
    identity: Identity,
    build: (id: readonly IdValue[], known: PreparedTable) => Statement,
  ): Promise<Row | undefined> {
    return afterPrepared((known) => {
      try {
        const id = known.shape.idOf(identity)
        if (!fits(canBe, id, known)) return Promise.resolve(undefined)
        const { text, values } = build(id, known)
        return run(text, values).then(first, (error: unknown) => unmatched(error, id, known))
      } catch (error) {
        return rejected(error)
      }
    })
  }

  async function unmatched(error: unknown, id: readonly IdValue[], known: PreparedTable): Promise<undefined> {
    if (isFormError(error) && (await isForeign(id, known))) return undefined
    throw schemaOr(known.shape.name, error)
  }

  /** whether this id alone makes a statement fail: then it was not a value of the change */
  async function isForeign(id: readonly IdValue[], known: PreparedTable): Promise<boolean> {
    try {
      await only(known, known.sql.find(id))
      return false
    } catch (error) {
      return isFormError(error)
    }
  }

  return {
    find: (identity) => matched(identity, (id, { sql }) => sql.find(id)),
    update: (identity, expected, change) =>
      matched(identity, (id, known) => known.sql.update(id, expected, setsOf(change, known))),
    delete: (identity, expected) => matched(identity, (id, { sql }) => sql.delete(id, expected)),
    async insert(identity, row) {
      const known = await prepared()
      const { shape, columns, start, sql } = known
      const id = shape.idOf(identity)
      const sets = setsOf(row, known)
      if (!fits(canBe, id, known) || !fits(hasRoom, id, known)) throw malformedKey()
      const version = columns.get(shape.versionColumn)?.type ?? ''
      if (shape.rule.kind === 'integer' && !start && version !== 'bigint') throw noRoom(shape.name, version)
      try {
        return await only(known, sql.insert(id, sets))
      } catch (error) {
        if (isTooLong(error, id) || (isFormError(error) && (await isForeign(id, known))))
          throw malformedKey(error)
        throw error
      }
    },
  }
}

function fits(test: typeof canBe, id: readonly IdValue[], { shape, columns }: PreparedTable): boolean {
  return id.every((value, n) => test(value, columns.get(shape.rules.id[n] ?? '')))
}

function setsOf(change: unknown, { shape, columns }: PreparedTable): Sets {
  return pickColumns(change, shape.rules, (name, value) => [
    shape.quotedColumn(name),
    toPostgres(value, columns.get(name), () => `${shape.name}, column ${show(name)}`),
  ])
}
