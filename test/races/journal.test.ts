import { expect, it } from 'vitest'
import { checkJournal } from './journal.js'
import { create, put, read, remove } from './linearizability/build.js'
import type { Operation } from './linearizability/operation.js'
import type { JournalEntry } from './stores/store.js'

const entry = (before: string | null, after: string | null): JournalEntry => ({ id: '1', before, after })

const HISTORY: readonly Operation[] = [
  create([1, 2], 'a@1'),
  put([3, 4], 'a@1', 'b@2'),
  put([5, 6], 'a@1', 'c', 'changed'),
  put([7], 'b@2', 'd', 'unknown'),
  remove([8, 9], 'b@2', 'changed'),
  remove([10, 11], 'd@3'),
  create([12, 13], 'e@5'),
  read([14, 15], 'e@5'),
]
const A = entry(null, 'a')
const B = entry('a', 'b')
const D = entry('b', 'd')
const GONE = entry('d', null)
const E = entry(null, 'e')

it('accepts what was written as it was answered', () => {
  checkJournal(HISTORY, [A, B, D, GONE, E])
  checkJournal([], [])
  // keys do not meet
  checkJournal([create([1, 2], 'a@1')], [A])
})

it('accepts an unknown write that did not happen', () => {
  checkJournal(
    [create([1, 2], 'a@1'), put([3], 'a@1', 'b', 'unknown'), remove([4, 5], 'a@1')],
    [A, entry('a', null)],
  )
})

const BAD: Readonly<Record<string, readonly [RegExp, readonly JournalEntry[], (readonly Operation[])?]>> = {
  'a success that was not written': [/not written: .*create "e"/, [A, B, D, GONE]],
  'a refused write': [/written all the same: .*"c"/, [A, B, entry('b', 'c'), entry('c', 'd'), GONE, E]],
  'a refused deletion': [
    /written all the same: .*delete/,
    [A, entry('a', null)],
    [create([1, 2], 'a@1'), remove([3, 4], 'a@1', 'changed')],
  ],
  'a write over what its client had not read': [
    /built on "a".*, and yet "b" was written over "x"/,
    [entry(null, 'x'), entry('x', 'b')],
    [create([1], 'x', 'unknown'), put([3, 4], 'a@1', 'b@2')],
  ],
  'an unknown write over what its client had not read': [
    /built on "a".*, and yet "b" was written over "x"/,
    [entry(null, 'x'), entry('x', 'b')],
    [create([1, 2], 'x@1'), put([3], 'a@1', 'b', 'unknown')],
  ],
  'a write that was made twice': [/written more than once: .*"b"/, [A, B, entry('b', 'b'), D, GONE, E]],
  'a change that nobody asked for': [/nobody asked for this: "z"/, [A, B, D, GONE, E, entry('e', 'z')]],
  'a deletion that nobody asked for': [/nobody asked for this: null/, [A, B, D, GONE, E, entry('e', null)]],
  'a change of what was not there': [/"d" was written over "b", and yet "a" was there/, [A, D, B, GONE, E]],
}

it.each(Object.entries(BAD))('finds %s', (_, [message, journal, history = HISTORY]) => {
  expect(() => checkJournal(history, journal)).toThrow(message)
})
