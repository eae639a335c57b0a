import { expect } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'
import { memoryTable, type MemoryTable } from '../../src/stores/memory.js'

export interface Order {
  id: number
  version: number
  status: string
  note?: { text: string }
}

export const UNCONDITIONAL: Expectation = { kind: 'unconditional' }
export const at = (...versions: string[]): Expectation => ({
  kind: 'one-of',
  versions,
  weak: false,
  source: 'if-match',
})
/** An error of this library, by its code and message. */
export const coded = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ name: 'IfMatchError', code, message: expect.stringMatching(message) })

export function orders(): MemoryTable<Order> {
  return memoryTable<Order>({
    columns: ['status', 'note'],
    rows: [
      { id: 1, version: 4, status: 'new' },
      { id: 2, version: 9, status: 'sent' },
    ],
  })
}
