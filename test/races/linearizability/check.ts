import type { Model } from './model.js'
import { isWrite, show, type Operation } from './operation.js'
import { search, type Stuck } from './search.js'
import { whatWasKept } from './taken-back.js'
import { givenTwice, shownBefore, wentBack } from './versions.js'

export interface CheckOptions {
  /** `ledger`: versions beside the data, and counts; `row`: versions in the data's own row */
  readonly versions: 'row' | 'ledger'
  /** something was killed, cut or frozen meanwhile; false */
  readonly faults?: boolean
  /** whether version `a` is known to have come before `b`; for ledgers, by their counts */
  readonly isOlder?: (a: string, b: string) => boolean
  /** when the store was crashed, by the clock of the operations, if it shows a write before it is on disk; never */
  readonly crashes?: readonly number[]
}

/** How many operations of the order are shown, of those before it got stuck. */
const SHOWN = 6

/**
 * Throws where the history cannot be that of a store with one state per key at any moment: says which key, how far an
 * order of its operations goes, and what cannot come next. Keys are independent, so each is judged by itself.
 */
export function checkLinearizable(history: readonly Operation[], options: CheckOptions): void {
  const model: Model = {
    versions: options.versions,
    isOlder: options.isOlder ?? isLowerCount,
    faults: options.faults ?? false,
  }
  const keys = new Map<string, Operation[]>()
  for (const operation of history) {
    const operations = keys.get(operation.key) ?? []
    operations.push(operation)
    keys.set(operation.key, operations)
  }
  for (const [key, operations] of keys) {
    refuseTwins(operations)
    const twice = givenTwice(model, operations)
    if (twice !== undefined) throw new Error(`${key}: ${twice}`)
    const fault = faultOf(key, model, operations)
    if (fault === undefined) continue
    const { crashes = [] } = options
    const excused = crashes.length > 0 && shownBefore(operations) === undefined
    if (!excused || faultOf(key, model, whatWasKept(operations, crashes)) !== undefined)
      throw new Error(fault)
  }
}

function faultOf(key: string, model: Model, operations: readonly Operation[]): string | undefined {
  const back = model.versions === 'ledger' ? wentBack(model, operations) : undefined
  if (back !== undefined) return `${key}: ${back}`
  const stuck = search(model, operations)
  return stuck && explanation(key, operations, stuck)
}

/** Counts of one run of a store: `12`, or `12` behind the store's own mark. Those of two runs cannot be compared. */
function isLowerCount(a: string, b: string): boolean {
  const [runA, runB] = [a, b].map((version) => version.slice(0, version.lastIndexOf('-') + 1))
  return runA === runB && Number(a.slice(runA!.length)) < Number(b.slice(runA!.length))
}

/** A history whose writes cannot be told apart proves nothing. */
function refuseTwins(operations: readonly Operation[]): void {
  const seen = new Set<string>()
  for (const operation of operations) {
    const { writes } = operation
    if (isWrite(operation) && writes !== undefined && seen.has(writes))
      throw new TypeError(`two writes of ${JSON.stringify(writes)}: every write must be unlike any other`)
    if (writes !== undefined) seen.add(writes)
  }
}

function explanation(
  key: string,
  operations: readonly Operation[],
  { order, state, refuted }: Stuck,
): string {
  const text = state.text === null ? 'nothing' : JSON.stringify(state.text)
  return [
    `${key} is not linearizable: ${order.length} of ${operations.length} operations have a place, the last of them`,
    ...order.slice(-SHOWN).map((operation) => `  ${show(operation)}`),
    `after which there is ${text}, version ${state.version ?? 'untold'}; and none of these can come next:`,
    ...refuted.map(({ operation, why }) => `  ${show(operation)}, but ${why}`),
  ].join('\n')
}
