import { describe, expect, it } from 'vitest'
import { create, patch, put, read, remove } from './linearizability/build.js'
import { checkLinearizable } from './linearizability/check.js'
import type { Operation } from './linearizability/operation.js'

/** Neither kind of store may do this, and no fault excuses it. */
const BAD: Readonly<Record<string, readonly Operation[]>> = {
  'a lost update: two successes from one version': [
    create([1, 2], 'a@1'),
    put([3, 6], 'a@1', 'b@2'),
    put([4, 5], 'a@1', 'c@3'),
  ],
  'two successes from one version, long after one another': [
    create([1, 2], 'a@1'),
    put([3, 4], 'a@1', 'b@2'),
    put([5, 6], 'b@2', 'c@3'),
    patch([7, 8], 'a@1', 'd@4'),
  ],
  'a success of a write that demanded a version of before a deletion': [
    create([1, 2], 'a@1'),
    remove([3, 4], 'a@1'),
    create([5, 6], 'b@3'),
    put([7, 8], 'a@1', 'c@4'),
  ],
  'a deletion of what was written meanwhile': [
    create([1, 2], 'a@1'),
    put([3, 4], 'a@1', 'b@2'),
    remove([5, 6], 'a@1'),
  ],
  'a write over another text than its client had read, under the version that it demanded': [
    create([1, 2], 'a@1'),
    put([3, 4], 'x@1', 'b@2'),
  ],
  'two deletions of one state': [create([1, 2], 'a@1'), remove([3, 6], 'a@1'), remove([4, 5], 'a@1')],
  'two creations of one item': [create([1, 4], 'a@1'), create([2, 3], 'b@2')],
  'a creation over what is there': [create([1, 2], 'a@1'), create([3, 4], 'b@2')],
  'a write to what was never there': [put([1, 2], 'a@1', 'b@2')],
  'a write without a condition to what was never there': [
    {
      ...{ key: 'items/1', client: 1, begin: 1, end: 2, action: 'put', writes: 'a' },
      outcome: { kind: 'done', version: '1' },
    },
  ],
  'a stale read after a write that was answered': [
    create([1, 2], 'a@1'),
    put([3, 4], 'a@1', 'b@2'),
    read([5, 6], 'a@1'),
  ],
  'a read of a value that nobody wrote': [create([1, 2], 'a@1'), read([3, 4], 'x@1')],
  'a read of a value before it was written': [
    create([1, 2], 'a@1'),
    read([3, 4], 'b@2'),
    put([5, 6], 'a@1', 'b@2'),
  ],
  'two reads of two processes that see the same writes in two orders': [
    create([1, 2], 'a@1'),
    put([3, 20], 'a@1', 'b@2'),
    read([4, 5], 'b@2'),
    read([6, 7], 'a@1'),
  ],
  'nothing there, although it was created and never deleted': [create([1, 2], 'a@1'), read([3, 4], null)],
  'something there, although it was deleted': [
    create([1, 2], 'a@1'),
    remove([3, 4], 'a@1'),
    read([5, 6], 'a@1'),
  ],
  'a version that comes back after a deletion': [
    create([1, 2], 'a@1'),
    put([3, 4], 'a@1', 'b@2'),
    remove([5, 6], 'b@2'),
    create([7, 8], 'c@1'),
  ],
  'a version that comes back for another creation, and a write that takes the one for the other': [
    create([1, 2], 'a@1'),
    remove([3, 4], 'a@1'),
    create([5, 6], 'b@1'),
    put([7, 8], 'b@1', 'c@2'),
  ],
  'a write whose answer has the version of another state': [
    create([1, 2], 'a@1'),
    put([3, 4], 'a@1', 'b@2'),
    put([5, 6], 'b@2', 'c@2'),
  ],
  'a refused write that was written all the same': [
    create([1, 2], 'a@1'),
    put([3, 4], 'a@1', 'b', 'changed'),
    read([5, 6], 'b@2'),
  ],
  'a write that was refused without a reason, and written': [
    create([1, 2], 'a@1'),
    put([3, 4], 'a@1', 'b', 'other'),
    read([5, 6], 'b@2'),
  ],
  'a refusal of a creation where nothing is': [create([1, 2], 'a', 'exists')],
  'a refusal as gone of what is there': [create([1, 2], 'a@1'), put([3, 4], 'a@1', 'b', 'gone')],
  'an unknown write that shows up twice': [
    create([1, 2], 'a@1'),
    put([3], 'a@1', 'b', 'unknown'),
    read([4, 5], 'b@2'),
    put([6, 7], 'b@2', 'c@3'),
    read([8, 9], 'b@4'),
  ],
  'an unknown write over a state that its client never read': [
    create([1, 2], 'a@1'),
    put([3], 'a@1', 'b', 'unknown'),
    put([4, 5], 'a@1', 'c@2'),
    read([6, 7], 'b@3'),
  ],
  'an unknown write that was seen before it was sent': [
    create([1, 2], 'a@1'),
    read([3, 4], 'b@2'),
    put([5], 'a@1', 'b', 'unknown'),
  ],
  'an unknown deletion, and a read of the state after it was gone': [
    create([1, 2], 'a@1'),
    remove([3], 'a@1', 'unknown'),
    read([4, 5], null),
    read([6, 7], 'a@1'),
  ],
}

describe.each(['row', 'ledger'] as const)('a history over a %s', (versions) => {
  describe.each([false, true])('with faults: %s', (faults) => {
    it.each(Object.entries(BAD))('is refused for %s', (_, history) => {
      const check = () => checkLinearizable(history, { versions, faults })
      expect(check).toThrow(/items\/1.*(is not linearizable|names two states|came back)/)
    })
  })
})
