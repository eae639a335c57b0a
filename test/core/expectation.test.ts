import { describe, expect, it } from 'vitest'
import { parseEntityTags } from '../../src/core/entity-tag.js'
import {
  allOf,
  expectMatch,
  expectNoneMatch,
  judge,
  soleVersion,
  type Expectation,
  type State,
} from '../../src/core/expectation.js'

const present: State = { version: '7', existence: 'present' }
const deleted: State = { version: '8', existence: 'deleted' }
const unknown: State = { version: '7', existence: 'unknown' }
const one = (...versions: string[]): Expectation => ({
  kind: 'one-of',
  versions,
  weak: false,
  source: 'if-match',
})
const none = (...versions: string[]): Expectation => ({ kind: 'none-of', versions, source: 'if-none-match' })
const exists: Expectation = { kind: 'exists', source: 'if-match' }
const absent: Expectation = { kind: 'absent', source: 'if-none-match' }
const since = (date: number): Expectation => ({
  kind: 'unmodified-since',
  date,
  source: 'if-unmodified-since',
})

describe('judge', () => {
  it.each<[string, Expectation, State, string]>([
    ['unconditional', { kind: 'unconditional' }, deleted, 'pass'],
    ['*', exists, present, 'pass'],
    ['*', exists, deleted, 'version-conflict gone if-match'],
    ['*', exists, unknown, 'existence-unknown if-match'],
    ['absent', absent, present, 'already-exists if-none-match'],
    ['absent', absent, deleted, 'pass'],
    ['absent', absent, unknown, 'existence-unknown if-none-match'],
    ['"7"', one('7'), present, 'pass'],
    ['"7"', one('7'), unknown, 'pass'],
    ['"6", "7"', one('6', '7'), present, 'pass'],
    ['"6"', one('6'), present, 'version-conflict stale if-match'],
    ['"8" of a tombstone', one('8'), deleted, 'version-conflict gone if-match'],
    ['an empty list', one(), present, 'version-conflict stale if-match'],
    [
      'only weak tags',
      { ...one(), weak: true } as Expectation,
      present,
      'version-conflict weak-validator if-match',
    ],
    [
      'a weak tag beside a stale one',
      { ...one('6'), weak: true } as Expectation,
      present,
      'version-conflict stale if-match',
    ],
    ['a weak tag beside the right one', { ...one('7'), weak: true } as Expectation, present, 'pass'],
    [
      'a body version',
      { ...one('6'), source: 'body' } as Expectation,
      present,
      'version-conflict stale body',
    ],
    ['none of "6"', none('6'), present, 'pass'],
    ['none of "7"', none('7'), present, 'already-exists if-none-match'],
    ['none of "8" of a tombstone', none('8'), deleted, 'pass'],
    ['none of nothing', none(), present, 'pass'],
    ['since, without a date', since(0), present, 'pass'],
    ['since, older', since(2_000), { ...present, modified: 1_000 }, 'pass'],
    ['since, in the same second', since(2_000), { ...present, modified: 2_999 }, 'pass'],
    [
      'since, newer',
      since(2_000),
      { ...present, modified: 3_000 },
      'version-conflict stale if-unmodified-since',
    ],
    [
      'since, deleted',
      since(2_000),
      { ...deleted, modified: 0 },
      'version-conflict gone if-unmodified-since',
    ],
    ['all', { kind: 'all', of: [one('7'), none('6')] }, present, 'pass'],
    [
      'all, the first fails',
      { kind: 'all', of: [one('6'), none('7')] },
      present,
      'version-conflict stale if-match',
    ],
    [
      'all, the second fails',
      { kind: 'all', of: [one('7'), none('7')] },
      present,
      'already-exists if-none-match',
    ],
    ['all of nothing', { kind: 'all', of: [] }, present, 'pass'],
  ])('%s: %j in %j is %s', (_, expectation, state, verdict) => {
    const judged = judge(expectation, state)
    expect(
      judged.pass
        ? 'pass'
        : Object.values({ ...judged, pass: undefined })
            .filter(Boolean)
            .join(' '),
    ).toBe(verdict)
  })
})

describe('demands', () => {
  it('are joined to what must all hold', () => {
    expect(allOf([])).toEqual({ kind: 'unconditional' })
    expect(allOf([exists])).toBe(exists)
    expect(allOf([exists, absent])).toEqual({ kind: 'all', of: [exists, absent] })
  })

  it('name one version, or more than one', () => {
    expect(soleVersion(one('7'))).toBe('7')
    expect(soleVersion(one('6', '7'))).toBeUndefined()
    expect(soleVersion(one())).toBeUndefined()
    expect(soleVersion(exists)).toBeUndefined()
    expect(soleVersion({ kind: 'none-of', versions: ['7'], source: 'body' })).toBeUndefined()
  })
})

const tags = (value: string) => parseEntityTags(value) ?? '*'
const isOurs = (version: string) => /^\d+$/.test(version)
const reject = { weakTags: 'reject', isOurs } as const
const accept = { weakTags: 'accept', isOurs } as const

describe('If-Match', () => {
  it.each<[string, 'reject' | 'accept', string[] | undefined, boolean]>([
    ['"7"', 'reject', ['7'], false],
    ['"7.abc"', 'reject', ['7'], false],
    ['"7.abc-gzip"', 'reject', ['7'], false],
    ['"6.a", "7.b"', 'reject', ['6', '7'], false],
    ['"foreign", "7"', 'reject', ['7'], false],
    ['W/"7.abc"', 'reject', [], true],
    ['W/"foreign"', 'reject', [], true],
    ['"7-gzip"', 'reject', [], true],
    ['W/"7", "8"', 'reject', ['8'], true],
    ['W/"7.abc"', 'accept', ['7'], false],
    ['W/"7-gzip"', 'accept', ['7'], false],
    ['"7-gzip"', 'accept', ['7'], false],
    ['"7;br"', 'accept', ['7'], false],
    ['W/"foreign"', 'accept', [], true],
    ['"foreign"', 'reject', undefined, false],
    ['"foreign"', 'accept', undefined, false],
    ['"%41"', 'accept', undefined, false],
    ['', 'reject', [], false],
  ])('%s under %s', (value, weakTags, versions, weak) => {
    expect(expectMatch(tags(value), { weakTags, isOurs })).toEqual(
      versions === undefined ? undefined : { kind: 'one-of', versions, weak, source: 'if-match' },
    )
  })

  it('* demands that it exists', () => {
    expect(expectMatch('*', reject)).toEqual(exists)
  })
})

describe('If-None-Match on a write', () => {
  it('compares weakly, by the version', () => {
    const versions = ['7', '8', '9']
    expect(expectNoneMatch(tags('"7.a", W/"8", "foreign", "9-gzip"'), reject)).toEqual({
      kind: 'none-of',
      versions,
      source: 'if-none-match',
    })
    expect(expectNoneMatch(tags('W/"7"'), accept)).toEqual(none('7'))
  })

  it('* demands that nothing exists', () => {
    expect(expectNoneMatch('*', reject)).toEqual(absent)
  })
})
