import { judge } from '../../../src/core/expectation.js'
import { appear, claim, expire, move, renew, settle, swapFrom, swapTo } from '../../../src/core/machine.js'
import type { Outcome } from '../../../src/core/machine.js'
import type { LedgerRecord } from '../../../src/core/record.js'
import { RULES, type Rules } from './rules.js'

/** One rule broken, and where the exploration is expected to see which promise fall. */
export interface Mutant {
  readonly name: string
  readonly rules: Partial<Rules>
  readonly scenario: string
  readonly breaks: string
}

type Settled = ReturnType<typeof settle>

/** `settle` with another result wherever `when` holds of the record, the outcome and what is right. */
function settling(
  when: (record: LedgerRecord, outcome: Outcome, token: string) => boolean,
  otherwise: (record: LedgerRecord, token: string, outcome: Outcome, right: Settled) => Settled,
): Partial<Rules> {
  return {
    settle: (record, token, outcome) => {
      const right = settle(record, token, outcome)
      return when(record, outcome, token) ? otherwise(record, token, outcome, right) : right
    },
  }
}

const holds = (record: LedgerRecord, _: Outcome, token: string): boolean => record.claim?.token === token
const overtaken = (record: LedgerRecord, outcome: Outcome, token: string): boolean =>
  record.claim?.token !== token && record.settled !== token && outcome.kind !== 'unwritten'
const certain = (record: LedgerRecord): LedgerRecord => ({
  ...record,
  claim: record.claim && { ...record.claim, doubtful: false },
})

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'claim: ignores a claim that stands',
    rules: { claim: (record, token, lease) => claim({ ...record, claim: null }, token, lease) },
    scenario: 'three editors',
    breaks: 'P1',
  },
  {
    name: 'claim: takes nothing, it only looks',
    rules: { claim: (record) => ({ ...record }) },
    scenario: 'three editors',
    breaks: 'P1',
  },
  {
    name: 'claim: does not raise the fence',
    rules: { swapTo: (from, to) => ({ ...swapTo(from, to), raiseFence: false }) },
    scenario: 'three editors',
    breaks: 'fence',
  },
  {
    name: 'claim: a lost answer is taken for a refusal',
    rules: { recognisesLostClaim: false },
    scenario: 'lost answers',
    breaks: 'liveness',
  },
  {
    name: 'claim: what it found is not judged again',
    rules: { judgesAfterClaim: false },
    scenario: 'delete and create',
    breaks: 'RFC 9110 §13.1.1',
  },
  {
    name: 'claim: what it found, late, is not judged again',
    rules: { judgesAfterClaim: false },
    scenario: 'a write past the claims',
    breaks: 'P2',
  },
  {
    name: 'judge: compares with a version that the server re-read',
    rules: { judgesClientsVersion: false },
    scenario: 'three editors',
    breaks: 'P2',
  },
  {
    name: 'judge: not again after waiting',
    rules: { rejudgesAfterWaiting: false, judgesAfterClaim: false },
    scenario: 'three editors',
    breaks: 'P2',
  },
  {
    name: 'judge: unknown existence counts as absent',
    rules: {
      judge: (expectation, state) =>
        judge(expectation, {
          ...state,
          existence: state.existence === 'unknown' ? 'deleted' : state.existence,
        }),
    },
    scenario: 'create, create, remove',
    breaks: 'P1',
  },
  {
    name: 'judge: the handler runs, then the refusal is answered',
    rules: { refusesBeforeHandler: false },
    scenario: 'three editors',
    breaks: 'P1',
  },
  {
    name: 'swap: the version is not compared',
    rules: {
      matches: (stored, from) => RULES.matches(stored, { ...from, count: stored.count }),
    },
    scenario: 'three editors',
    breaks: 'P1',
  },
  {
    name: 'swap: the token is not compared',
    rules: {
      matches: (stored, from) =>
        RULES.matches(stored, { ...from, token: stored.claim?.token ?? null, beat: stored.claim?.beat ?? 0 }),
    },
    scenario: 'three editors',
    breaks: 'P1',
  },
  {
    name: 'swap: the beat is not compared',
    rules: { swapFrom: (record) => ({ ...swapFrom(record), beat: record.claim?.beat ?? 0 }), matches: (stored, from) => RULES.matches(stored, { ...from, beat: stored.claim?.beat ?? 0 }) },
    scenario: 'renewals',
    breaks: 'P1',
  },
  {
    name: 'renew: counts no beat',
    rules: { renew: (record, token) => (renew(record, token) ? { ...record } : undefined) },
    scenario: 'renewals',
    breaks: 'P1',
  },
  {
    name: 'renew: takes back a claim that is gone',
    rules: { renew: (record, token) => renew(record, token) ?? renew(claim({ ...record, claim: null }, token, 1)!, token) },
    scenario: 'a living holder expires',
    breaks: 'detection',
  },
  {
    name: 'settle: does not compare the token',
    rules: settling(overtaken, (record, token, outcome, right) => {
      const stood = claim({ ...record, claim: null }, token, 1)!
      return right.settlement === 'unknown' ? settle(stood, token, outcome) : right
    }),
    scenario: 'a living holder expires',
    breaks: 'detection',
  },
  {
    name: 'settle: a success does not move the version',
    rules: settling(holds, (record, _token, outcome, right) =>
      outcome.kind === 'written' ? { ...right, record: { ...right.record, count: record.count } } : right,
    ),
    scenario: 'three editors',
    breaks: 'P2',
  },
  {
    name: 'settle: a 5xx does not move the version',
    rules: settling(holds, (record, _token, outcome, right) =>
      outcome.kind === 'unknown' ? { ...right, record: { ...right.record, count: record.count } } : right,
    ),
    scenario: 'three editors',
    breaks: 'P2',
  },
  {
    name: 'settle: a 4xx moves the version',
    rules: settling(holds, (record, _token, outcome, right) =>
      outcome.kind === 'unwritten' ? { ...right, record: { ...right.record, count: record.count + 1 } } : right,
    ),
    scenario: 'three editors',
    breaks: 'P3',
  },
  {
    name: 'settle: a 4xx keeps the claim',
    rules: settling(holds, (record, _token, outcome, right) =>
      outcome.kind === 'unwritten' ? { ...right, record } : right,
    ),
    scenario: 'three editors',
    breaks: 'liveness',
  },
  {
    name: 'settle: a 4xx forgets who settled before',
    rules: {},
    scenario: '',
    breaks: '',
  },
  {
    name: 'settle: a delete forgets the version',
    rules: settling(holds, (_record, _token, outcome, right) =>
      outcome.kind === 'written' && outcome.existence === 'deleted'
        ? { ...right, record: { ...right.record, count: 0 } }
        : right,
    ),
    scenario: 'delete and create',
    breaks: 'P5',
  },
  {
    name: 'settle: doubt is ignored',
    rules: { settle: (record, token, outcome) => settle(certain(record), token, outcome) },
    scenario: 'a write past the claims',
    breaks: 'P5',
  },
  {
    name: 'settle: a doubtful success is found again as a certain one',
    rules: settling(
      (record, outcome, token) =>
        holds(record, outcome, token) && record.claim?.doubtful === true && outcome.kind === 'written',
      (_record, token, _outcome, right) => ({ ...right, record: { ...right.record, settled: token } }),
    ),
    scenario: 'a write past the claims',
    breaks: 'P5',
  },
  {
    name: 'settle: its own swap is taken for an overtaking',
    rules: settling(
      (record, outcome, token) => record.settled === token && outcome.kind === 'written',
      (record) => ({ record: move(record), settlement: 'unknown' }),
    ),
    scenario: '',
    breaks: '',
  },
  {
    name: 'settle: an overtaken success does not move the version on',
    rules: settling(overtaken, (record) => ({ record, settlement: 'unknown' })),
    scenario: 'a living holder expires',
    breaks: 'P2',
  },
  {
    name: 'settle: an overtaken success is answered as one',
    rules: settling(overtaken, (_record, _token, _outcome, right) => ({ ...right, settlement: 'settled' })),
    scenario: 'a living holder expires',
    breaks: 'detection',
  },
  {
    name: 'settle: `unknown` is answered with a tag',
    rules: { heedsSettlement: false },
    scenario: 'a write past the claims',
    breaks: 'P5',
  },
  {
    name: 'settle: after the answer',
    rules: { settlesBeforeAnswer: false },
    scenario: 'three editors',
    breaks: 'P5',
  },
  {
    name: 'move: does not make a claim that stands there doubtful',
    rules: {
      move: (record) => ({ ...move(record), claim: record.claim }),
      ...settling(overtaken, (record, _token, _outcome, right) => ({
        ...right,
        record: { ...right.record, claim: record.claim },
      })),
    },
    scenario: 'a living holder expires',
    breaks: 'P5',
  },
  {
    name: 'move: keeps `settled`',
    rules: { move: (record) => ({ ...move(record), settled: record.settled }) },
    scenario: 'a write past the claims',
    breaks: 'P5',
  },
  {
    name: 'move: does not move the version',
    rules: { move: (record) => ({ ...move(record), count: record.count }) },
    scenario: 'a write past the claims',
    breaks: 'P2',
  },
  {
    name: 'expire: does not move the version',
    rules: { expire: (record) => ({ ...expire(record), count: record.count }) },
    scenario: 'three editors',
    breaks: 'P2',
  },
  {
    name: 'expire: leaves the claim',
    rules: { expire: (record) => ({ ...expire(record), claim: record.claim }) },
    scenario: 'three editors',
    breaks: 'liveness',
  },
  {
    name: 'expire: keeps the existence',
    rules: { expire: (record) => ({ ...expire(record), existence: record.existence }) },
    scenario: 'create, create, remove',
    breaks: 'P1',
  },
  {
    name: 'appear: ignores what exists',
    rules: { appear: (record) => appear({ ...record, existence: 'deleted' }) },
    scenario: 'a POST creates a key that others name',
    breaks: '',
  },
  {
    name: 'read: an expired claim counts for none, and is not moved on',
    rules: { readersMoveExpired: false },
    scenario: 'three editors',
    breaks: 'P2',
  },
  {
    name: 'read: the data first, the version second',
    rules: { versionBeforeData: false },
    scenario: 'three editors',
    breaks: 'P2',
  },
  {
    name: 'abort: a closed connection ends the claim',
    rules: { abortEndsNothing: false },
    scenario: 'three editors',
    breaks: 'P1',
  },
]
