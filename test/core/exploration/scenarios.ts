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
  replica: false,
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
    programs: [...times(2, 'read', 'put'), ['overwrite', 'reread']],
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
    name: 'a POST creates the key',
    start: { record: UNSEEN, data: NOTHING },
    programs: [['post', 'put'], ...times(2, 'read', 'put')],
    faults: 1,
  },
  {
    ...FAILING,
    name: 'a write past the claims',
    programs: [...times(2, 'read', 'put'), ['touch']],
    faults: 2,
    shown: 'P1',
    breaks: ['P1'],
  },
]

/** With one more failing store call: minutes, not seconds. */
export function deeper(scenario: Scenario): Scenario {
  return { ...scenario, faults: scenario.faults + 1 }
}

/** What breaks outside the assumptions: exactly what each of these names. */
export const OUTSIDE: readonly Scenario[] = [
  {
    ...NONE,
    name: 'a living holder expires',
    programs: times(3, 'read', 'put'),
    failures: true,
    renewals: 1,
    livingExpire: true,
    shown: 'P1, over a success',
    breaks: ['P1', 'P1, over a success', 'P2, for a moment', 'P5, for a moment'],
  },
  {
    ...NONE,
    name: 'a living holder expires, and dies before it settles',
    programs: times(3, 'read', 'put'),
    crashes: true,
    livingExpire: true,
    shown: 'P5, for good',
    breaks: [
      'P1',
      'P1, over a success',
      'P2, for a moment',
      'P5, for a moment',
      'P2, for good',
      'P5, for good',
    ],
  },
  {
    ...NONE,
    name: 'a living holder expires, and the store fails',
    programs: times(3, 'read', 'put'),
    faults: 1,
    livingExpire: true,
    shown: 'P2, for good',
    breaks: [
      'P1',
      'P1, over a success',
      'P2, for a moment',
      'P5, for a moment',
      'P2, for good',
      'P5, for good',
    ],
  },
  {
    ...NONE,
    name: 'a handler writes after its answer',
    programs: times(2, 'read', 'put', 'reread'),
    lateWork: true,
    shown: 'P1, over a success',
    breaks: ['P1', 'P1, over a success', 'P2', 'P5'],
  },
  {
    ...NONE,
    name: 'a handler writes and answers 4xx',
    programs: times(2, 'read', 'put', 'reread'),
    lies: true,
    shown: 'P1',
    breaks: ['P1', 'P2', 'P4', 'P5'],
  },
  {
    ...NONE,
    name: 'a job writes, then touches',
    programs: [...times(2, 'read', 'put', 'reread'), ['meddle']],
    shown: 'P1',
    breaks: ['P1', 'P2', 'P5'],
  },
  {
    ...NONE,
    name: 'a job writes and never touches',
    programs: [...times(2, 'read', 'put', 'reread'), ['sneak']],
    shown: 'P2',
    breaks: ['P1', 'P2', 'P5'],
  },
  {
    ...NONE,
    name: 'data is read from a copy that lags',
    programs: times(2, 'read', 'put', 'reread'),
    replica: true,
    shown: 'P1',
    breaks: ['P1', 'P1, over a success', 'P2'],
  },
  {
    ...NONE,
    name: 'the ledger comes back from an old copy',
    programs: [...times(2, 'read', 'put', 'reread'), ['restore']],
    shown: 'P1, two successes',
    breaks: ['P1', 'P1, over a success', 'P1, two successes', 'P2', 'P5'],
  },
  {
    ...NONE,
    name: 'a POST creates a key that others name',
    start: { record: UNSEEN, data: NOTHING },
    programs: [
      ['post', 'put'],
      ['remove', 'read'],
      ['create', 'reread'],
    ],
    failures: true,
    shown: 'P1, over a success',
    breaks: ['P1', 'P1, over a success', 'P2', 'P5'],
  },
]
