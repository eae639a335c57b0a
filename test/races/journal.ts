import { isWrite, show, type Operation } from './linearizability/operation.js'
import type { JournalEntry } from './stores/store.js'

/**
 * Holds what clients were told against what the database noted of its data: each change began with what the one before
 * it left; what was called a success was written once, over what its client had read; what was refused was not; what
 * nobody knows of, once or not at all; and nothing else was. Throws the first thing that is not so.
 */
export function checkJournal(history: readonly Operation[], journal: readonly JournalEntry[]): void {
  const byKey = new Map<string, JournalEntry[]>()
  for (const entry of journal) {
    const entries = byKey.get(`items/${entry.id}`) ?? []
    byKey.set(`items/${entry.id}`, [...entries, entry])
  }
  for (const [key, entries] of byKey) {
    entries.reduce<string | null>((there, entry) => {
      if (entry.before !== there)
        throw new Error(`${key}: ${showEntry(entry)}, and yet ${JSON.stringify(there)} was there`)
      return entry.after
    }, null)
  }

  const unclaimed = new Set(journal)
  const done = ({ outcome }: Operation) => Number(outcome.kind !== 'done')
  const writes = history.filter(isWrite).sort((a, b) => done(a) - done(b))
  for (const operation of writes) {
    const { key, base = null, writes: text = null, outcome } = operation
    // a deletion leaves nothing behind that could tell it from another one of the same state
    const isIts = ({ before, after }: JournalEntry) =>
      text === null ? before === base && after === null : after === text
    const [entry, ...more] = (byKey.get(key) ?? []).filter((one) => unclaimed.has(one) && isIts(one))
    if (outcome.kind === 'done' && entry === undefined)
      throw new Error(`${key}: not written: ${show(operation)}`)
    if (entry === undefined) continue
    if (outcome.kind === 'refused') throw new Error(`${key}: written all the same: ${show(operation)}`)
    if (more.length > 0) throw new Error(`${key}: written more than once: ${show(operation)}`)
    if (entry.before !== base) throw new Error(`${key}: ${show(operation)}, and yet ${showEntry(entry)}`)
    unclaimed.delete(entry)
  }
  for (const entry of unclaimed)
    throw new Error(`items/${entry.id}: nobody asked for this: ${showEntry(entry)}`)
}

function showEntry({ before, after }: JournalEntry): string {
  return `${JSON.stringify(after)} was written over ${JSON.stringify(before)}`
}
