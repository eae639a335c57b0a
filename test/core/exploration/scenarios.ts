import type { LedgerRecord } from '../../../src/core/record.js'
import { INITIAL, NOTHING, type Action, type Scenario } from './world.js'

const FREE: LedgerRecord = { count: 1, existence: 'present', fence: 0, claim: null, settled: null }
const DELETED: LedgerRecord = { ...FREE, existence: 'deleted' }
const UNSEEN: LedgerRecord = { ...FREE, existence: 'unknown' }

const NONE = {
  start: { record: FREE, data: INITIAL },
  crashes: false,
  failures: false,
  aborts: false,
  renewals: 0,
  faults: 0,
  lateSwaps: false,
  livingExpire: false,
  lies: false,
  lateWork: false,
  breaks: [],
}

const FAILING = { ...NONE, crashes: true, failures: true }

function times(count: number, ...program: Action[]): readonly (readonly Action[])[] {
  return Array.from({ length: count }, () => program)
}


/** Nothing here may break a promise. */
export const WITHIN: readonly Scenario[] = [
  {
    ...NONE,
    name: 'three editors',
    programs: times(3, 'read', 'put', 'reread'),
    crashes: true,
    failures: true,
    aborts: true,
  },
  { ...FAILING, name: 'lost answers', programs: times(3, 'read', 'put'), faults: 2 },
  { ...FAILING, name: 'late swaps', programs: times(3, 'read', 'put'), faults: 1, lateSwaps: true },
  { ...FAILING, name: 'renewals', programs: times(3, 'read', 'put'), faults: 1, renewals: 1 },
  {
    ...FAILING,
    name: 'an unconditional writer',
    programs: [...times(2, 'read', 'put', 'reread'), ['overwrite']],
    faults: 1,
  },
  {
    ...FAILING,
    name: 'delete and create',
    programs: [
      ['read', 'put', 'put'],
      ['read', 'delete', 'put'],
      ['create', 'reread'],
    ],
    faults: 1,
  },
  {
    ...FAILING,
    name: 'create, create, remove',
    start: { record: DELETED, data: NOTHING },
    programs: [...times(2, 'create', 'put'), ['remove', 'create']],
    faults: 1,
  },
  {
    ...FAILING,
    name: 'a write past the claims',
    programs: [...times(2, 'read', 'put'), ['touch']],
    faults: 2,
    breaks: ['P1'],
  },
]

/** What breaks outside the assumptions: exactly what each of these names. */
export const OUTSIDE: readonly Scenario[] = [
  {
    ...NONE,
    name: 'a living holder expires',
    programs: times(3, 'read', 'put'),
    failures: true,
    renewals: 1,
    livingExpire: true,
    breaks: ['P1', 'P1, over a success', 'P2, for a moment', 'P5, for a moment'],
  },
  {
    ...NONE,
    name: 'a living holder expires, and dies before it settles',
    programs: times(3, 'read', 'put'),
    crashes: true,
    livingExpire: true,
    breaks: ['P1', 'P1, over a success', 'P2, for a moment', 'P5, for a moment', 'P2, for good', 'P5, for good'],
  },
  {
    ...NONE,
    name: 'a living holder expires, and the store fails',
    programs: times(3, 'read', 'put'),
    faults: 1,
    livingExpire: true,
    breaks: ['P1', 'P1, over a success', 'P2, for a moment', 'P5, for a moment', 'P2, for good', 'P5, for good'],
  },
  {
    ...NONE,
    name: 'a handler writes after its answer',
    programs: times(2, 'read', 'put', 'reread'),
    lateWork: true,
    breaks: [],
  },
  {
    ...NONE,
    name: 'a handler writes and answers 4xx',
    programs: times(2, 'read', 'put', 'reread'),
    lies: true,
    breaks: [],
  },
  {
    ...NONE,
    name: 'a job writes, then touches',
    programs: [...times(2, 'read', 'put', 'reread'), ['meddle']],
    breaks: [],
  },
  {
    ...NONE,
    name: 'a job writes and never touches',
    programs: [...times(2, 'read', 'put', 'reread'), ['sneak']],
    breaks: [],
  },
  {
    ...NONE,
    name: 'a POST creates a key that others name',
    start: { record: UNSEEN, data: NOTHING },
    programs: [['post', 'put'], ['remove', 'read'], ['create', 'reread']],
    failures: true,
    breaks: [],
  },
]
