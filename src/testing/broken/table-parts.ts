import { judge } from '../../core/expectation.js'
import type { Expectation } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import type { Identity } from '../../core/table.js'
import type { ContractRow } from '../subjects.js'

export type Change = Readonly<Record<string, unknown>>

/** One update or delete, taken apart for those who do not do it in one piece. */
export interface WriteSteps {
  readonly find: () => ContractRow | undefined
  readonly matches: (row: ContractRow | undefined) => boolean
  readonly write: (row: ContractRow) => ContractRow
}

/** The parts of a table that a fault replaces. */
export interface TableParts {
  readonly rowKey: (identity: Identity, rows: ReadonlyMap<string, ContractRow>) => string | undefined
  readonly holds: (expected: Expectation, version: string) => boolean
  readonly isVersion: (text: string) => boolean
  /** what of a change, or of a row to insert, is written */
  readonly settable: (change: Change) => Change
  /** `serial`: of a counter that all rows share and that never goes back */
  readonly firstVersion: (serial: number) => number
  readonly nextVersion: (serial: number, row: ContractRow, written: Change) => number
  readonly insertOver: boolean
  /** undefined where the predicate matched no row */
  readonly write: (
    atomic: () => ContractRow | undefined,
    steps: WriteSteps,
  ) => MaybePromise<ContractRow | undefined>
  readonly answer: (before: ContractRow, after: ContractRow) => ContractRow
  readonly commits: boolean
  readonly rollsBack: boolean
  readonly refusesPromises: boolean
}

export const CORRECT: TableParts = {
  rowKey: ({ id }) => (typeof id === 'string' ? id : undefined),
  holds: (expected, version) => judge(expected, { version, existence: 'present' }).pass,
  isVersion: (text) => /^[1-9][0-9]{0,15}$/.test(text),
  settable: only('title', 'note'),
  firstVersion: (serial) => serial,
  nextVersion: (serial) => serial,
  insertOver: false,
  write: (atomic) => atomic(),
  answer: (_, after) => after,
  commits: true,
  rollsBack: true,
  refusesPromises: true,
}

/** The own members of a change that are among these columns. */
export function only(...names: readonly string[]): (change: Change) => Change {
  return (change) => Object.fromEntries(Object.entries(change).filter(([name]) => names.includes(name)))
}

/** One mistake, and the cases of the contract that show it, without their `table/`. */
export interface TableFault {
  readonly id: string
  readonly breaks: readonly string[]
  readonly parts: Partial<TableParts>
}
