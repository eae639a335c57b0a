import { expect } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'

export const ALWAYS: Expectation = { kind: 'unconditional' }
export const EXISTS: Expectation = { kind: 'exists', source: 'if-match' }

export const oneOf = (...versions: string[]): Expectation => ({
  kind: 'one-of',
  versions,
  weak: false,
  source: 'if-match',
})

export const noneOf = (...versions: string[]): Expectation => ({
  kind: 'none-of',
  versions,
  source: 'if-none-match',
})

export const since = (date: string): Expectation => ({
  kind: 'unmodified-since',
  date: Date.parse(date),
  source: 'if-unmodified-since',
})

/** An error by its code and a part of its message. */
export const coded = (code: string, text = ''): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })
