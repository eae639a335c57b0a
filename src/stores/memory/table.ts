import { IfMatchError, show } from '../../core/errors.js'
import { judge, type Expectation } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import type { Identity, Table, TableSteps } from '../../core/table.js'
import { column, firstRows, mergeRows, placeOf, type Entry } from './rows.js'
import { readTableOptions, type MemoryTableOptions } from './table-options.js'
import { closable, isPromise } from './transaction.js'

/** The steps of a table that answers at once, without promises. */
export interface MemoryTableSteps<Row> extends TableSteps<Row> {
  find(identity: Identity): Row | undefined
  update(identity: Identity, expected: Expectation, change: Partial<Row>): Row | undefined
  insert(identity: Identity, row: Partial<Row>): Row | undefined
  delete(identity: Identity, expected: Expectation): Row | undefined
}

type Description<Row> = Pick<Table<Row>, 'name' | 'versionColumn' | 'columns' | 'versionOf' | 'isVersion'>

/** A `Table<Row, undefined>`: there is no client to hand over. */
export interface MemoryTable<Row> extends Description<Row>, MemoryTableSteps<Row> {
  /** `work` must not be asynchronous: everything in it commits together, or nothing of it */
  transaction<T>(work: (steps: MemoryTableSteps<Row>, client: undefined) => MaybePromise<T>): T
}

/**
 * A table in the memory of this one process, for tests and examples. Versions are whole numbers; a row that is
 * created again goes on above the one that was deleted. Rows are copied on the way in and on the way out.
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

  /** An own copy of what may be set, or the refusal that names the column. */
  const settable = (change: object): object => {
    for (const name of Object.keys(change)) {
      if (name !== id && name !== version && columns?.includes(name) !== false) continue
      throw new IfMatchError(
        'ERR_COLUMN_UNKNOWN',
        `memoryTable: the column ${show(name)} may not be set. ` +
          `Leave it out of the change${name === id || name === version ? '' : ', or list it in columns'}.`,
      )
    }
    return structuredClone(mergeRows(change))
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
    name: 'memory table',
    versionColumn: version,
    get columns() {
      return columns ?? columnsOf(entries, [id, version])
    },
    versionOf: (row) => String(Object.hasOwn(row, version) ? row[version as keyof Row] : undefined),
    isVersion: (text) => /^(?:0|[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(Number(text)),
    ...steps,
    transaction(work) {
      // rows are replaced and never changed, so a copy of the map is a copy of the state
      const before = new Map(entries)
      const { own, close } = closable(steps)
      try {
        const result = work(own, undefined)
        if (!isPromise(result)) return result
        result.then(undefined, () => undefined) // it is refused here; nobody else would hear of its failure
        throw new IfMatchError(
          'ERR_TRANSACTION_ASYNC',
          'memoryTable: the work of a transaction gave back a promise, and was undone. Let it run to its end at once.',
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
