import { appear, expire, move } from '../../../src/core/machine.js'
import { overtaken, settling } from './mutants-settle.js'
import type { Mutant } from './mutants.js'

/** How a version moves past a claim, and what readers and clients have to do with it. */
export const MOVE_MUTANTS: readonly Mutant[] = [
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
    scenario: 'a POST creates the key',
    breaks: 'P5',
  },
  {
    name: 'appear: ignores who claimed the key since',
    rules: { appear: (record) => appear({ ...record, fence: 0 }) },
    scenario: 'a POST creates the key',
    breaks: 'P5',
  },
  {
    name: 'appear: ignores a claim that stands',
    rules: {
      appear: (record) =>
        appear({ ...record, claim: null, fence: 0 }) && {
          ...record,
          count: record.count + 1,
          existence: 'present',
        },
    },
    scenario: 'a POST creates the key',
    breaks: 'P5',
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
