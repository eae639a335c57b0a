import { IfMatchError } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import type { Identity, Table, TableSteps } from '../../core/table.js'
import { isPromise } from '../concurrency.js'
import type { ContractRow, TableSubject } from '../subjects.js'
import { CORRECT } from './table-parts.js'
import type { Change, TableParts, WriteSteps } from './table-parts.js'

/** What all handles share. */
interface State {
  rows: Map<string, ContractRow>
  /** the application's writes */
  notes: string[]
  /** the last version of any row */
  serial: number
}

/** A table in a Map, under test: correct, but for the parts that are given. */
export function tableModel(name: string, fault: Partial<TableParts> = {}): TableSubject {
  const parts = { ...CORRECT, ...fault }
  const state: State = { rows: new Map(), notes: [], serial: 0 }
  let ids = 0
  return {
    name,
    capabilities: {
      shared: true,
      transaction: true,
      application: true,
      'async-work': 'its work is done in one turn of the event loop',
    },
    open: () => Promise.resolve(handle(name, parts, state)),
    id: () => `row-${++ids}`,
    application: { write: (client, text) => (client as string[]).push(text), read: () => state.notes },
  }
}

function handle(name: string, parts: TableParts, state: State): Table<ContractRow> {
  return {
    name,
    versionColumn: 'version',
    columns: ['title', 'note'],
    versionOf: ({ version }) => String(version),
    isVersion: (text) => parts.isVersion(text),
    ...stepsOver(parts, state),
    transaction<T>(
      work: (steps: TableSteps<ContractRow>, client: unknown) => MaybePromise<T>,
    ): MaybePromise<T> {
      const draft = { ...state, rows: new Map(state.rows), notes: [...state.notes] }
      const target = parts.rollsBack ? draft : state
      // a fault of the write is one of its haste, and there is none in here
      const result = work(stepsOver({ ...parts, write: CORRECT.write }, target), target.notes)
      if (isPromise(result) && parts.refusesPromises) {
        // the work goes on alone, over a draft that nobody will read
        result.catch(() => undefined)
        throw new IfMatchError(
          'ERR_TRANSACTION_ASYNC',
          'work: a promise will not do here. Work synchronously',
        )
      }
      if (parts.commits) Object.assign(state, target)
      return result
    },
  }
}

function stepsOver(parts: TableParts, state: State): TableSteps<ContractRow> {
  const keyOf = (identity: Identity) => parts.rowKey(identity, state.rows)
  const find = (identity: Identity) => {
    const key = keyOf(identity)
    return key === undefined ? undefined : state.rows.get(key)
  }
  const keep = (identity: Identity, row: Change): ContractRow => {
    const whole = row as unknown as ContractRow
    state.rows.set(keyOf(identity) ?? '', whole)
    return whole
  }
  const conditional = (identity: Identity, expected: Expectation, write: WriteSteps['write']) => {
    const matches = (row: ContractRow | undefined) =>
      row !== undefined && parts.holds(expected, String(row.version))
    const atomic = () => {
      const row = find(identity)
      return row !== undefined && matches(row) ? write(row) : undefined
    }
    return parts.write(atomic, { find: () => find(identity), matches, write })
  }
  return {
    find,
    update: (identity, expected, change) =>
      conditional(identity, expected, (row) => {
        const version = parts.nextVersion(++state.serial, row, change)
        return parts.answer(row, keep(identity, { ...row, version, ...parts.settable(change) }))
      }),
    insert(identity, given) {
      const standing = find(identity)
      if (keyOf(identity) === undefined || (standing !== undefined && !parts.insertOver)) return undefined
      const version = parts.firstVersion(++state.serial)
      const empty = { id: identity['id'], version, title: '', note: null, owner: null }
      return keep(identity, { ...empty, ...parts.settable(given) })
    },
    delete: (identity, expected) =>
      conditional(identity, expected, (row) => {
        state.rows.delete(keyOf(identity) ?? '')
        return row
      }),
  }
}
