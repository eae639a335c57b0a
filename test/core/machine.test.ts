import { describe, expect, it } from 'vitest'
import {
  appear,
  claim,
  commit,
  expire,
  move,
  presumed,
  renew,
  settle,
  swapFrom,
  swapTo,
  type Outcome,
} from '../../src/core/machine.js'
import type { LedgerRecord } from '../../src/core/record.js'

const free: LedgerRecord = { count: 7, existence: 'present', fence: 3, claim: null, settled: 'earlier' }
const mine = { token: 'mine', beat: 2, lease: 30_000, doubtful: false }
const held: LedgerRecord = { ...free, claim: mine }
const doubtful: LedgerRecord = { ...free, claim: { ...mine, doubtful: true }, settled: null }
const others: LedgerRecord = { ...free, claim: { ...mine, token: 'theirs' } }
const WRITTEN: Outcome = { kind: 'written', existence: 'present' }
const DELETED: Outcome = { kind: 'written', existence: 'deleted' }
const KEPT: Outcome = { kind: 'written', existence: 'keep' }
const UNWRITTEN: Outcome = { kind: 'unwritten' }
const UNKNOWN: Outcome = { kind: 'unknown' }

describe('claim', () => {
  it('takes a free key, raises the fence, and leaves the version', () => {
    expect(claim(free, 'mine', 30_000)).toEqual({ ...free, fence: 4, claim: { ...mine, beat: 0 } })
  })

  it('takes nothing while a claim stands, be it its own', () => {
    expect(claim(others, 'mine', 1)).toBeUndefined()
    expect(claim(held, 'mine', 1)).toBeUndefined()
  })
})

describe('renew', () => {
  it('counts a beat, and nothing else', () => {
    expect(renew(held, 'mine')).toEqual({ ...held, claim: { ...mine, beat: 3 } })
    expect(renew(doubtful, 'mine')?.claim?.doubtful).toBe(true)
  })

  it('is nothing for a claim that is gone', () => {
    expect(renew(free, 'mine')).toBeUndefined()
    expect(renew(others, 'mine')).toBeUndefined()
  })
})

describe('settle', () => {
  it.each<[string, LedgerRecord, Outcome, Partial<LedgerRecord>, string]>([
    [
      'a success moves the version',
      held,
      WRITTEN,
      { count: 8, existence: 'present', settled: 'mine' },
      'settled',
    ],
    [
      'a deletion leaves a tombstone',
      held,
      DELETED,
      { count: 8, existence: 'deleted', settled: 'mine' },
      'settled',
    ],
    [
      'a success below keeps the existence',
      held,
      KEPT,
      { count: 8, existence: 'present', settled: 'mine' },
      'settled',
    ],
    [
      'a success below a tombstone may have brought the key back',
      { ...held, existence: 'deleted' },
      KEPT,
      { count: 8, existence: 'unknown', settled: 'mine' },
      'settled',
    ],
    ['a refusal leaves the version', held, UNWRITTEN, { count: 7, settled: 'earlier' }, 'settled'],
    [
      'a failure moves it on to nobody knows what',
      held,
      UNKNOWN,
      { count: 8, existence: 'unknown', settled: 'mine' },
      'unknown',
    ],
    [
      'a doubtful success is no success',
      doubtful,
      WRITTEN,
      { count: 8, existence: 'unknown', settled: null },
      'unknown',
    ],
    [
      'a doubtful failure is a failure',
      doubtful,
      UNKNOWN,
      { count: 8, existence: 'unknown', settled: 'mine' },
      'unknown',
    ],
    ['a doubtful refusal has written nothing', doubtful, UNWRITTEN, { count: 7, settled: null }, 'settled'],
  ])('%s', (_, record, outcome, after, settlement) => {
    expect(settle(record, 'mine', outcome)).toEqual({
      record: { ...record, ...after, claim: null },
      settlement,
    })
  })

  it.each<[string, LedgerRecord, LedgerRecord['claim']]>([
    ['a free key', free, null],
    ['the claim of another', others, { ...mine, token: 'theirs', doubtful: true }],
  ])('that was overtaken by %s moves the version on, and casts doubt', (_, record, claimAfter) => {
    const after = { ...record, count: 8, existence: 'unknown', settled: null, claim: claimAfter }
    expect(settle(record, 'mine', WRITTEN)).toEqual({ record: after, settlement: 'unknown' })
    expect(settle(record, 'mine', UNKNOWN)).toEqual({ record: after, settlement: 'unknown' })
  })

  it('of a handler that wrote nothing overtakes nobody', () => {
    expect(settle(others, 'mine', UNWRITTEN)).toEqual({ record: others, settlement: 'settled' })
  })

  it.each([free, others])('recognises its own swap, whoever claimed since', (record) => {
    const done: LedgerRecord = { ...record, settled: 'mine' }
    const again = settle(done, 'mine', WRITTEN)
    expect(again.record).toBe(done)
    expect(again.settlement).toBe('settled')
    expect(settle(done, 'mine', UNKNOWN)).toEqual({ record: done, settlement: 'unknown' })
  })
})

describe('what goes past a claim', () => {
  it('expire ends it, and moves the version on', () => {
    expect(expire(held)).toEqual({ ...held, count: 8, existence: 'unknown', settled: null, claim: null })
  })

  it('move makes it doubtful, and moves the version on', () => {
    expect(move(held)).toEqual({ ...doubtful, count: 8, existence: 'unknown' })
    expect(move(free)).toEqual({ ...free, count: 8, existence: 'unknown', settled: null })
  })

  it('appear finds a tombstone, or what was never claimed, in existence', () => {
    const found = { count: 8, existence: 'present', settled: null }
    expect(appear({ ...free, existence: 'deleted' })).toEqual({ ...free, ...found })
    expect(appear({ ...free, existence: 'unknown', fence: 0 })).toEqual({ ...free, ...found, fence: 0 })
  })

  it('appear is nothing where it was known, is claimed, or was written with an unknown outcome', () => {
    expect(appear(free)).toBeUndefined()
    expect(appear({ ...held, existence: 'deleted' })).toBeUndefined()
    expect(appear({ ...free, existence: 'unknown' })).toBeUndefined()
  })

  it('commit moves a free key inside a transaction, and honours a claim', () => {
    expect(commit(free, WRITTEN)).toEqual({ ...free, count: 8, settled: null })
    expect(commit(free, DELETED)).toEqual({ ...free, count: 8, existence: 'deleted', settled: null })
    expect(commit(free, KEPT)).toEqual({ ...free, count: 8, settled: null })
    expect(commit({ ...free, existence: 'unknown' }, UNWRITTEN)).toMatchObject({
      count: 8,
      existence: 'unknown',
    })
    expect(commit(held, WRITTEN)).toBeUndefined()
  })
})

describe('a step as a swap', () => {
  it('demands the count, the token and the beat', () => {
    expect(swapFrom(free)).toEqual({ count: 7, token: null, beat: 0 })
    expect(swapFrom(held)).toEqual({ count: 7, token: 'mine', beat: 2 })
  })

  it('writes what changes, and leaves alone what does not', () => {
    const claimed = claim(free, 'mine', 30_000) ?? free
    const claiming = { count: 7, token: 'mine', beat: 0, lease: 30_000, doubtful: false, raiseFence: true }
    expect(swapTo(free, claimed)).toEqual(claiming)
    expect(swapTo(held, settle(held, 'mine', DELETED).record)).toEqual({
      count: 8,
      token: null,
      beat: 0,
      lease: 0,
      doubtful: false,
      raiseFence: false,
      existence: 'deleted',
      settled: 'mine',
    })
    expect(swapTo(held, move(held))).toMatchObject({
      token: 'mine',
      beat: 2,
      lease: 30_000,
      doubtful: true,
      settled: null,
    })
  })

  it('may take a free key for granted', () => {
    expect(presumed(7)).toEqual({ count: 7, existence: 'unknown', fence: 0, claim: null, settled: null })
  })
})
