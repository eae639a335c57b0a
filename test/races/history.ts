import { expect } from 'vitest'
import { succeeded, type Attempt } from './client.js'
import type { JournalEntry } from './workers.js'

/**
 * Holds what clients were told against what was really written: nothing was written over a value that its writer
 * had not read; what was called a success was written, once; what was refused was not; and what nobody knows of
 * was written once or not at all.
 */
export function checkHistory(attempts: readonly Attempt[], journal: readonly JournalEntry[]): void {
  for (const { before, after } of journal) {
    expect(after.base, `${after.value} was written over ${before.value}`).toBe(before.value)
  }
  const written = journal.map(({ after }) => after.value)
  expect(new Set(written).size).toBe(written.length)
  expect(written).toEqual(expect.arrayContaining(succeeded(attempts).map(({ value }) => value)))
  const refused = attempts.filter(({ status }) => status !== undefined && status >= 400 && status < 500)
  for (const { value } of refused) expect(written, `${value} was refused`).not.toContain(value)
}
