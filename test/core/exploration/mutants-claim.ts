import { judge } from '../../../src/core/expectation.js'
import { claim, renew, swapFrom, swapTo } from '../../../src/core/machine.js'
import type { Mutant } from './mutants.js'
import { RULES } from './rules.js'

/** How a claim is come by, compared and kept. */
export const CLAIM_MUTANTS: readonly Mutant[] = [
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
    breaks: 'P1',
  },
  {
    name: 'judge: not again after waiting',
    rules: { rejudgesAfterWaiting: false, judgesAfterClaim: false },
    scenario: 'three editors',
    breaks: 'P1',
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
    breaks: 'P4',
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
    rules: {
      swapFrom: (record) => ({ ...swapFrom(record), beat: record.claim?.beat ?? 0 }),
      matches: (stored, from) => RULES.matches(stored, { ...from, beat: stored.claim?.beat ?? 0 }),
    },
    scenario: 'renewals',
    breaks: 'P1',
  },
  {
    name: 'renew: takes back a claim that is gone',
    rules: {
      renew: (record, token) =>
        renew(record, token) ?? renew(claim({ ...record, claim: null }, token, 1)!, token),
    },
    scenario: 'a living holder expires',
    breaks: 'detection',
  },
]
