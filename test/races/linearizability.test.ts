import { describe, expect, it } from 'vitest'
import { create, patch, put, read, remove } from './linearizability/build.js'
import { checkLinearizable, type CheckOptions } from './linearizability/check.js'
import type { Operation } from './linearizability/operation.js'

const ROW: CheckOptions = { versions: 'row' }
const LEDGER: CheckOptions = { versions: 'ledger' }
const FAULTS = { faults: true }
const ALL = [ROW, LEDGER, { ...ROW, ...FAULTS }, { ...LEDGER, ...FAULTS }]

const accepted = (history: readonly Operation[], options: CheckOptions): boolean => {
  try {
    checkLinearizable(history, options)
    return true
  } catch (error) {
    if (error instanceof TypeError) throw error
    return false
  }
}

/** Whatever the store, and whether something failed or not. */
const GOOD: Readonly<Record<string, readonly Operation[]>> = {
  'nothing at all': [],
  'one after the other': [
    create([1, 2], 'a@1'),
    put([3, 4], 'a@1', 'b@2'),
    patch([5, 6], 'b@2', 'c@3'),
    remove([7, 8], 'c@3'),
    read([9, 10], null),
    create([11, 12], 'd@5'),
    read([13, 14], 'd@5'),
  ],
  'at once, and answered in any order': [
    read([1, 20], 'b@2'),
    put([2, 19], 'a@1', 'b@2'),
    create([3, 18], 'a@1'),
    read([4, 17], null),
    read([5, 16], 'a@1'),
  ],
  'a reader that sees what is not answered yet': [
    create([1, 2], 'a@1'),
    put([3, 10], 'a@1', 'b@2'),
    read([4, 5], 'b@2'),
    put([6, 7], 'b@2', 'c@3'),
    read([8, 9], 'c@3'),
  ],
  'one that begins in the moment in which another one ends': [create([1, 2], 'a@1'), read([2, 3], null)],
  'losers of a race': [
    create([1, 2], 'a@1'),
    put([3, 8], 'a@1', 'b', 'changed'),
    put([4, 7], 'a@1', 'c@2'),
    remove([5, 6], 'a@1', 'changed'),
  ],
  'every refusal that is deserved': [
    put([1, 2], 'x@0', 'y', 'gone'),
    create([3, 4], 'a@1'),
    create([5, 6], 'b', 'exists'),
    put([7, 8], 'a@1', 'c@2'),
    put([9, 10], 'a@1', 'd', 'changed'),
    remove([11, 12], 'c@2'),
    put([13, 14], 'c@2', 'e', 'changed'),
  ],
  'a refusal without a reason': [
    create([1, 2], 'a@1'),
    put([3, 4], 'a@1', 'b', 'other'),
    read([5, 6], 'a@1'),
  ],
  'an unknown write that did not happen': [
    create([1, 2], 'a@1'),
    put([3], 'a@1', 'b', 'unknown'),
    put([4, 5], 'a@1', 'c@2'),
  ],
  'an unknown write that happened': [
    create([1, 2], 'a@1'),
    put([3], 'a@1', 'b', 'unknown'),
    put([4, 5], 'a@1', 'c', 'changed'),
    read([6, 7], 'b@2'),
    put([8, 9], 'b@2', 'd@3'),
  ],
  'an unknown write that happened much later': [
    create([1, 2], 'a@1'),
    put([3], 'a@1', 'b', 'unknown'),
    read([4, 5], 'a@1'),
    read([6, 7], 'a@1'),
    read([8, 9], 'b@2'),
  ],
  'an unknown deletion and an unknown creation': [
    create([1, 2], 'a@1'),
    remove([3], 'a@1', 'unknown'),
    create([4], 'b', 'unknown'),
    read([5, 6], null),
    read([7, 8], 'b@3'),
  ],
}

describe.each(ALL)('over $versions, with faults: $faults', (options) => {
  it.each(Object.entries(GOOD))('accepts %s', (_, history) => {
    checkLinearizable(history, options)
  })
})

describe('beside the data, and read before it, a version', () => {
  const writing = [create([1, 2], 'a@1'), put([3, 10], 'a@1', 'b@2')]

  it('may be older than the data while that is being written', () => {
    const history = [...writing, read([4, 5], 'b@1')]
    expect(accepted(history, LEDGER)).toBe(true)
    expect(accepted(history, ROW)).toBe(false)
  })

  it('may not be, once a newer one was told to anybody', () => {
    expect(accepted([...writing, read([11, 12], 'b@1')], LEDGER)).toBe(false)
    expect(accepted([...writing, read([4, 5], 'b@2'), read([6, 7], 'b@1')], LEDGER)).toBe(false)
  })

  it('grows with every write', () => {
    const history = [create([1, 6], 'a@5'), put([2, 5], 'a@5', 'b@3')]
    expect(accepted(history, LEDGER)).toBe(false)
    expect(accepted(history, ROW)).toBe(true)
  })

  it('is never newer than the data (P5)', () => {
    expect(accepted([...writing, read([4, 5], 'a@2')], LEDGER)).toBe(false)
    expect(accepted([...writing, read([4, 5], 'a@2')], { ...LEDGER, ...FAULTS })).toBe(false)
  })
})

it('in one row with the data, a version is never that of two states, whoever shows it (P2)', () => {
  const history = [create([1, 2], 'a@1'), put([3], 'a@1', 'b', 'unknown'), read([4, 5], 'b@1')]
  expect(accepted(history, { ...ROW, ...FAULTS })).toBe(false)
  // beside it, the claim of that write may still stand
  expect(accepted(history, { ...LEDGER, ...FAULTS })).toBe(true)
})

describe('a version that moved on under a claim', () => {
  const moved = [create([1, 2], 'a@1'), put([3], 'a@1', 'b', 'unknown'), read([4, 5], 'a@2')]

  it('excuses an unknown write over the very data that its client has read, and nothing else does', () => {
    const history = [...moved, read([6, 7], 'b@3')]
    expect(accepted(history, { ...LEDGER, ...FAULTS })).toBe(true)
    expect([LEDGER, ROW, { ...ROW, ...FAULTS }].map((options) => accepted(history, options))).toEqual([
      false,
      false,
      false,
    ])
  })

  it('excuses neither a success nor an unknown write over other data', () => {
    const succeeded = [create([1, 2], 'a@1'), put([3, 8], 'a@1', 'b@3'), read([4, 5], 'a@2')]
    expect(accepted([...succeeded, read([9, 10], 'b@3')], { ...LEDGER, ...FAULTS })).toBe(false)
    const lost = [...moved, put([6, 7], 'a@2', 'c@3'), read([8, 9], 'c@3'), read([10, 11], 'b@4')]
    expect(accepted(lost, { ...LEDGER, ...FAULTS })).toBe(false)
  })
})

describe('a claim that nobody settled', () => {
  const CONFLICTS = {
    'a refusal of a version that is current': [
      create([1, 2], 'a@1'),
      put([3, 4], 'a@1', 'b', 'changed'),
      put([5, 6], 'a@2', 'c@3'),
    ],
    'another version of the same data': [
      create([1, 2], 'a@1'),
      read([3, 4], 'a@2'),
      put([5, 6], 'a@2', 'b@3'),
    ],
  }

  it.each(Object.entries(CONFLICTS))('excuses %s, and nothing else does', (_, history) => {
    expect(accepted(history, { ...LEDGER, ...FAULTS })).toBe(true)
    expect(accepted(history, LEDGER)).toBe(false)
    expect(accepted(history, ROW)).toBe(false)
    expect(accepted(history, { ...ROW, ...FAULTS })).toBe(false)
  })

  it('does not bring a version back that it moved on from', () => {
    const history = [create([1, 2], 'a@1'), put([3, 4], 'a@1', 'b', 'changed'), put([5, 6], 'a@1', 'c@2')]
    expect(accepted(history, { ...LEDGER, ...FAULTS })).toBe(false)
  })
})

describe('over a store that takes back what it has shown', () => {
  const options = (crash: number) => [ROW, LEDGER].map((kind) => ({ ...kind, ...FAULTS, crashes: [crash] }))
  const always = (history: readonly Operation[], crash: number) =>
    options(crash).map((crashed) => accepted(history, crashed))
  const lost = [create([1, 2], 'a@1'), put([3], 'a@1', 'b', 'unknown'), read([4, 5], 'b@2')]
  it('what was seen of a lost write proves nothing', () => {
    const history = [...lost, put([6, 7], 'a@1', 'c', 'changed'), read([10, 11], 'a@1')]
    expect(always(history, 8)).toEqual([true, true])
    expect(always(history, 0)).toEqual([false, false])
    const deleted = [create([1, 2], 'a@1'), remove([3], 'a@1', 'unknown'), read([4, 5], null)]
    expect(always([...deleted, read([10, 11], 'a@1')], 8)).toEqual([true, true])
  })

  it('what is seen after the crash proves something', () => {
    const late = [create([1, 2], 'a@1'), put([3], 'a@1', 'b', 'unknown'), put([5, 6], 'a@1', 'c@3')]
    expect(always([...late, read([30, 31], 'b@2')], 8)).toEqual([false, false])
    const gone = [create([1, 2], 'a@1'), remove([3], 'a@1', 'unknown'), put([5, 6], 'a@1', 'c@3')]
    expect(always([...gone, read([9, 10], null), read([11, 12], 'c@3')], 8)).toEqual([false, false])
  })

  it('the version of what was lost is not given to another state', () => {
    const history = [...lost, read([10, 11], 'a@1'), put([12, 13], 'a@1', 'd@2')]
    expect(always(history, 8)).toEqual([false, false])
  })

  it('nothing is written over what was kept by one who has seen what was lost', () => {
    const history = [...lost, read([10, 11], 'a@1'), put([12, 13], 'a@1', 'd@3')]
    expect(always(history, 8)).toEqual([true, true])
    expect(always([...history, put([14, 15], 'b@2', 'e@4')], 8)).toEqual([false, false])
  })

  it('what succeeded is kept', () => {
    const kept = [create([1, 2], 'a@1'), put([3, 4], 'a@1', 'b@2')]
    expect(always([...kept, read([10, 11], 'a@1')], 8)).toEqual([false, false])
  })
})

it('judges every key by itself', () => {
  const elsewhere = (operation: Operation) => ({ ...operation, key: 'items/2' })
  const good = [create([1, 2], 'a@1'), elsewhere(create([3, 4], 'b@1')), read([5, 6], 'a@1')]
  expect(accepted(good, ROW)).toBe(true)
  expect(accepted([...good, elsewhere(read([7, 8], 'a@1'))], ROW)).toBe(false)
})

it('compares no versions of two runs of a store, whose counts begin anew', () => {
  const restarted = [create([1, 2], 'a@x-7'), create([3, 4], 'b', 'exists'), read([5, 6], 'a@y-0')]
  expect(accepted(restarted, { ...LEDGER, ...FAULTS })).toBe(true)
  expect(
    accepted([...restarted, read([7, 8], 'a@y-1'), read([9, 10], 'a@y-0')], { ...LEDGER, ...FAULTS }),
  ).toBe(false)
})

it('says how far it came, and why nothing can come next', () => {
  const history = [
    create([1, 2], 'a@1'),
    put([3, 6], 'a@1', 'b@2'),
    put([4, 5], 'a@1', 'c@3'),
    read([7, 8], 'c@3'),
  ]
  expect(() => checkLinearizable(history, ROW)).toThrow(
    /items\/1 is not linearizable: 2 of 4 operations .*\n.*create "a"[^]* none of these [^]*if version 1: done, version (2, but its version is 3|3, but its version is 2)/,
  )
})

it('refuses a history whose writes look alike, which would prove nothing', () => {
  expect(() => checkLinearizable([create([1, 2], 'a@1'), create([3, 4], 'a@2')], ROW)).toThrow(TypeError)
})
