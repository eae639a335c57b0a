import { claim, move, settle, type Outcome } from '../../../src/core/machine.js'
import type { LedgerRecord } from '../../../src/core/record.js'
import type { Mutant } from './mutants.js'
import type { Rules } from './rules.js'

type Settled = ReturnType<typeof settle>

/** `settle` with another result wherever `when` holds of the record, the outcome and what is right. */
export function settling(
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
export const overtaken = (record: LedgerRecord, outcome: Outcome, token: string): boolean =>
  record.claim?.token !== token && record.settled !== token && outcome.kind !== 'unwritten'
const certain = (record: LedgerRecord): LedgerRecord => ({
  ...record,
  claim: record.claim && { ...record.claim, doubtful: false },
})

/** How a claim ends, by its holder. */
export const SETTLE_MUTANTS: readonly Mutant[] = [
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
      outcome.kind === 'unwritten'
        ? { ...right, record: { ...right.record, count: record.count + 1 } }
        : right,
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
    rules: settling(holds, (_record, token, outcome, right) =>
      outcome.kind === 'unwritten' ? { ...right, record: { ...right.record, settled: token } } : right,
    ),
    scenario: 'lost answers',
    breaks: 'P3',
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
    scenario: 'lost answers',
    breaks: 'P3',
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
]
