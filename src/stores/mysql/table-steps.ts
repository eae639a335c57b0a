import { pickColumns } from '../../core/columns.js'
import { show } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { Identity, TableSteps } from '../../core/table.js'
import type { SqlRow } from '../sql/ledger-row.js'
import { malformedKey } from '../sql/malformed-key.js'
import type { TableShape } from '../sql/table-shape.js'
import type { MysqlQueries } from './client.js'
import { DUPLICATE, errorNumber, schemaError } from './errors.js'
import { valueLiteral } from './literal.js'
import type { Session } from './session.js'
import { AS_THE_TABLE_IS } from './table-columns.js'
import { SHOWN, type Sets, type TableSql } from './table-sql.js'

/** The steps of a table, answered with promises. */
export interface MysqlTableSteps<Row> extends TableSteps<Row> {
  /** an id that its column cannot hold is the id of no row, and so is any other spelling of one that it holds */
  find(identity: Identity): Promise<Row | undefined>
  /** a change without any column still moves the version: the client wrote, and whoever read before must see it */
  update(identity: Identity, expected: Expectation, change: Partial<Row>): Promise<Row | undefined>
  /** a unique column that is taken is the driver's error; an id that its column cannot hold is `malformed-key` */
  insert(identity: Identity, row: Partial<Row>): Promise<Row | undefined>
  delete(identity: Identity, expected: Expectation): Promise<Row | undefined>
}

/** What is known once the table has been looked at. */
export interface PreparedTable {
  readonly shape: TableShape
  readonly sql: TableSql
  /** columns that take any value of JSON */
  readonly json: ReadonlySet<string>
  /** for what depends on the client's own settings */
  readonly client: MysqlQueries
}

/**
 * How often the row that stood in the way of an insert may have gone, before a unique column of another row is blamed.
 * The server names the key at the end of its message: of the primary one it can only be a row of this very id.
 */
function mostGone(error: unknown): number {
  return error instanceof Error && /PRIMARY'$/.test(error.message) ? 10 : 1
}

export function tableSteps<Row>(session: Session, prepared: PreparedTable): MysqlTableSteps<Row> {
  const { shape, sql } = prepared
  const setsOf = (change: unknown): Sets =>
    pickColumns(change, shape.rules, (name, value) => [
      shape.quotedColumn(name),
      valueLiteral(
        prepared.client,
        value,
        prepared.json.has(name),
        () => `${shape.name}, column ${show(name)}`,
      ),
    ])
  const row = (found: readonly SqlRow[]): Row | undefined => answered(prepared, found[0]) as Row | undefined
  const read = (statement: string) => session.read(statement).catch(explained)
  const write = (statements: readonly string[], required = false) =>
    session.write(statements, required).catch(explained)
  const explained = (error: unknown): never => {
    throw schemaError(shape.name, AS_THE_TABLE_IS, error)
  }

  return {
    async find(identity) {
      const id = sql.id(shape.idOf(identity))
      return id && row(await read(sql.find(id, session.inside)))
    },
    async update(identity, expected, change) {
      const id = sql.id(shape.idOf(identity))
      const sets = setsOf(change)
      return id && row(await write(sql.update(id, expected, sets)))
    },
    async delete(identity, expected) {
      const id = sql.id(shape.idOf(identity))
      return id && row(await write(sql.delete(id, expected)))
    },
    async insert(identity, given) {
      const id = sql.id(shape.idOf(identity))
      const sets = setsOf(given)
      if (id === undefined) throw malformedKey()
      if (shape.deleted !== undefined) {
        const revived = row(await write(sql.revive(id, sets)))
        if (revived !== undefined) return revived
      }
      for (let tries = 0; ; tries++) {
        try {
          const made = row(await write(sql.insert(id, sets), true))
          if (made !== undefined) return made
        } catch (error) {
          if (errorNumber(error) !== DUPLICATE) throw error
          const standing = await read(sql.standing(id, session.inside))
          if (standing.length > 0) return undefined
          // a unique column of another row; unless the row that stood there has gone since
          if (tries >= mostGone(error)) throw error
          continue
        }
        throw malformedKey()
      }
    },
  }
}

/**
 * A row as the application's own SELECT would give it, but for the version: what mysql2 makes of that depends on its
 * settings, and may be rounded, or be another moment.
 */
function answered({ shape, sql }: PreparedTable, found: SqlRow | undefined): SqlRow | undefined {
  if (found === undefined) return undefined
  const { [SHOWN]: shown, ...row } = found
  const text = shown instanceof Uint8Array ? Buffer.from(shown).toString() : shown
  if (typeof text !== 'string') return row
  const version = sql.version.textOf(text)
  return { ...row, [shape.versionColumn]: versionValue(row[shape.versionColumn], version, shape) }
}

/** Whatever the driver gave, where that can say the same. */
function versionValue(given: unknown, version: string, { rule }: TableShape): unknown {
  if (rule.kind === 'timestamp' && rule.digits < 6 && given instanceof Date) return new Date(version)
  if (rule.kind !== 'integer' || typeof given === 'string') return version
  if (typeof given === 'bigint') return BigInt(version)
  return Number.isSafeInteger(Number(version)) ? Number(version) : version
}
