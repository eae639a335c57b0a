import assert from 'node:assert/strict'
import type { Expectation } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import type { Table, TableSteps } from '../../core/table.js'
import type { ContractCase } from '../contract.js'
import type { ContractRow, TableSubject } from '../subjects.js'

export type TableCase = ContractCase<TableSubject>
export type AnyTable = Table<ContractRow>

export const ALWAYS: Expectation = { kind: 'unconditional' }
export const EXISTS: Expectation = { kind: 'exists', source: 'if-match' }
export const ABSENT: Expectation = { kind: 'absent', source: 'if-none-match' }

/** If-Match with these versions. */
export function oneOf(...versions: string[]): Expectation {
  return { kind: 'one-of', versions, weak: false, source: 'if-match' }
}

/** If-None-Match with these versions. */
export function noneOf(...versions: string[]): Expectation {
  return { kind: 'none-of', versions, source: 'if-none-match' }
}

/** A row that was not there. */
export async function insert(table: AnyTable, id: string, title = 'first'): Promise<ContractRow> {
  const row = await table.insert({ id }, { title, note: null })
  assert.ok(row, `nothing stands under ${JSON.stringify(id)}, and yet nothing could be inserted`)
  return row
}

/** An update that nothing stands in the way of. */
export async function update(table: AnyTable, from: ContractRow, title: string): Promise<ContractRow> {
  const row = await table.update({ id: from.id }, oneOf(table.versionOf(from)), { title })
  assert.ok(row, `an update from the current version ${table.versionOf(from)} matched nothing`)
  return row
}

/** Whatever the store makes of it, a value or an error: for input that may be refused, and must not be obeyed. */
export async function attempt<T>(work: () => MaybePromise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch {
    return undefined
  }
}

/** The row as it stands, which must be this one. */
export async function stands(table: AnyTable, row: ContractRow, message: string): Promise<void> {
  const found = await table.find({ id: row.id })
  assert.ok(found, `${message}: the row is gone`)
  assert.deepEqual(columnsOf(table, found), columnsOf(table, row), message)
}

/** The columns of the contract, whatever else stands on a row; a column that nobody set may be left out. */
export function columnsOf(table: AnyTable, row: ContractRow) {
  const { id, title, note, owner } = row as Partial<ContractRow>
  return { id, version: table.versionOf(row), title, note, owner: owner ?? null }
}

/** One transaction, whose failure is a rejection whether the store works at once or with promises. */
export async function transact<T>(
  table: AnyTable,
  work: (steps: TableSteps<ContractRow>, client: unknown) => MaybePromise<T>,
): Promise<T> {
  if (table.transaction === undefined) return assert.fail('a table that declares `transaction` must have it')
  return table.transaction(work)
}
