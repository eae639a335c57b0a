import { types } from 'node:util'
import { pickColumns } from '../../core/columns.js'
import { IfMatchError, show } from '../../core/errors.js'
import { judge, type Expectation } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import { isPromise } from '../../core/promise.js'
import type { Identity, Table, TableSteps } from '../../core/table.js'
import { TABLE_PROMISES } from './promises.js'
import { column, firstRows, isCount, mergeRows, placeOf, type Entry } from './rows.js'
import { readTableOptions, type MemoryTableOptions } from './table-options.js'
import { closable } from './transaction.js'

const NAME = 'memory table'

/** The steps of a table that answers at once, without promises. */
export interface MemoryTableSteps<Row> extends TableSteps<Row> {
  find(identity: Identity): Row | undefined
  update(identity: Identity, expected: Expectation, change: Partial<Row>): Row | undefined
  insert(identity: Identity, row: Partial<Row>): Row | undefined
  delete(identity: Identity, expected: Expectation): Row | undefined
}

type Description<Row> = Pick<
  Table<Row>,
  'name' | 'promises' | 'versionColumn' | 'columns' | 'versionOf' | 'isVersion'
>

/** A `Table<Row, undefined>`: there is no client to hand over. */
export interface MemoryTable<Row> extends Description<Row>, MemoryTableSteps<Row> {
  /** `work` must not be asynchronous: everything in it commits together, or nothing of it */
  transaction<T>(work: (steps: MemoryTableSteps<Row>, client: undefined) => MaybePromise<T>): T
}

/**
 * A table in the memory of this one process, for tests and examples. Versions are whole numbers; a row that is
 * created again goes on above the one that was deleted. Rows are copied on the way in and on the way out. Members
 * of a change that are the id or the version are ignored, others that may not be set are refused.
 */
export function memoryTable<Row extends object = Record<string, unknown>>(
  options: MemoryTableOptions<Row> = {},
): MemoryTable<Row> {
  const { id, version, columns, rows } = readTableOptions(options)
  let entries = firstRows(rows, id, version)

  const locate = (identity: Identity): Entry & { place: string; value: unknown } => {
    const place = placeOf(identity, id)
    return { ...place, ...(entries.get(place.place) ?? { row: undefined, version: 0 }) }
  }

  const holds = ({ version: count }: Entry, expected: Expectation): boolean =>
    judge(expected, { version: String(count), existence: 'present' }).pass

  /** An own copy of what may be set. */
  const settable = (change: unknown): object => {
    // what is no object is refused below, with the reason
    const named = Object.keys(change ?? {})
    const rules = { table: NAME, columns: columns ?? named, id: [id], version }
    return structuredClone(
      Object.fromEntries(pickColumns(change, rules, (column, value) => [column, value] as const)),
    )
  }

  const steps: MemoryTableSteps<Row> = {
    find: (identity) => copyOf(locate(identity).row),
    update(identity, expected, change) {
      const { place, ...entry } = locate(identity)
      const own = settable(change)
      if (entry.row === undefined || !holds(entry, expected)) return undefined
      const next = entry.version + 1
      const row = mergeRows(entry.row, own, column(version, next))
      entries.set(place, { row, version: next })
      return copyOf(row)
    },
    insert(identity, given) {
      const { place, value, ...entry } = locate(identity)
      const own = settable(given)
      if (entry.row !== undefined) return undefined
      const next = entry.version + 1
      const row = mergeRows(column(id, value), own, column(version, next))
      entries.set(place, { row, version: next })
      return copyOf(row)
    },
    delete(identity, expected) {
      const { place, ...entry } = locate(identity)
      if (entry.row === undefined || !holds(entry, expected)) return undefined
      entries.set(place, { row: undefined, version: entry.version })
      return copyOf(entry.row)
    },
  }

  return {
    name: NAME,
    promises: TABLE_PROMISES,
    versionColumn: version,
    get columns() {
      return columns ?? columnsOf(entries, [id, version])
    },
    versionOf(row) {
      const count = new Map<string, unknown>(Object.entries(row)).get(version)
      if (isCount(count)) return String(count)
      throw new IfMatchError(
        'ERR_VERSION_INVALID',
        `memoryTable: ${show(count)} in column ${show(version)} is no version. Hand over a row as the table gave it (ERR_VERSION_INVALID, see docs/errors.md)`,
      )
    },
    isVersion: (text) => isCount(Number(text)) && String(Number(text)) === text,
    ...steps,
    transaction(work) {
      // rows are replaced and never changed, so a copy of the map is a copy of the state
      const before = new Map(entries)
      const { own, close } = closable(steps)
      try {
        const result = work(own, undefined)
        if (!isPromise(result)) return result
        // it is refused here, and nobody else would hear of its failure; to call `then` of anything that is no
        // promise but has one, such as the query of an ORM, might start it
        if (types.isPromise(result)) result.catch(() => undefined)
        throw new IfMatchError(
          'ERR_TRANSACTION_ASYNC',
          'memoryTable: the work of a transaction gave back a promise, and was undone. Let it run to its end at once (ERR_TRANSACTION_ASYNC, see docs/errors.md)',
        )
      } catch (error) {
        entries = before
        throw error
      } finally {
        close()
      }
    },
  }

  // every row in `entries` was built from a Row by the functions above
  function copyOf(row: object | undefined): Row | undefined {
    return structuredClone(row) as Row | undefined
  }
}

function columnsOf(entries: ReadonlyMap<string, Entry>, without: readonly string[]): readonly string[] {
  const names = new Set([...entries.values()].flatMap(({ row }) => Object.keys(row ?? {})))
  return [...names].filter((name) => !without.includes(name))
}
