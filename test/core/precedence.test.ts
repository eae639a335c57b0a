import { describe, expect, it } from 'vitest'
import { evaluatePreconditions } from '../../src/core/preconditions.js'
import type { CurrentRepresentation, Evaluation, HeaderLines } from '../../src/core/preconditions.js'

/*
 * Every combination of the four fields, told apart by what they say and not by how they are written, against
 * the steps of RFC 9110 §13.2.2 as they stand there. §13.1.1 to §13.1.4 say when each of them is true.
 */

const TAGS = {
  absent: undefined,
  any: '*',
  none: '',
  same: '"other", "same"',
  weakly: 'W/"same", "other"',
  other: '"other"',
}
const DATES = {
  absent: undefined,
  earlier: 'Thu, 05 Dec 2024 23:59:59 GMT',
  equal: 'Fri, 06 Dec 2024 00:00:00 GMT',
  later: 'Fri, 06 Dec 2024 00:00:01 GMT',
  invalid: '2024-12-06',
}
const ETAGS = { strong: '"same"', weak: 'W/"same"', unknown: undefined }
const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE']

type Tags = keyof typeof TAGS
type Dates = keyof typeof DATES
type Etag = keyof typeof ETAGS
interface State {
  readonly exists: boolean
  readonly etag: Etag
  readonly dated: boolean
}
interface Asked {
  readonly method: string
  readonly match: Tags
  readonly unmodified: Dates
  readonly noneMatch: Tags
  readonly modified: Dates
}

const keys = <Key extends string>(object: Record<Key, unknown>): Key[] => Object.keys(object) as Key[]

const states: State[] = [
  { exists: false, etag: 'unknown', dated: false },
  ...keys(ETAGS).flatMap((etag) => [true, false].map((dated) => ({ exists: true, etag, dated }))),
]

const requests: Asked[] = METHODS.flatMap((method) =>
  keys(TAGS).flatMap((match) =>
    keys(DATES).flatMap((unmodified) =>
      keys(TAGS).flatMap((noneMatch) =>
        keys(DATES).map((modified) => ({ method, match, unmodified, noneMatch, modified })),
      ),
    ),
  ),
)

function byTheSteps({ method, match, unmodified, noneMatch, modified }: Asked, state: State): Evaluation {
  const usable = (date: Dates) => state.dated && date !== 'absent' && date !== 'invalid'
  const matchHolds =
    (match === 'any' && state.exists) || (match === 'same' && state.exists && state.etag === 'strong')
  const noneMatchHolds = !(
    (noneMatch === 'any' && state.exists) ||
    (['same', 'weakly'].includes(noneMatch) && state.etag !== 'unknown')
  )
  const reads = method === 'GET' || method === 'HEAD'
  // step 1, 2
  if (match !== 'absent' && !matchHolds) return { outcome: 'precondition-failed', header: 'if-match' }
  if (match === 'absent' && usable(unmodified) && unmodified === 'earlier') {
    return { outcome: 'precondition-failed', header: 'if-unmodified-since' }
  }
  // step 3
  if (noneMatch !== 'absent' && !noneMatchHolds) {
    return { outcome: reads ? 'not-modified' : 'precondition-failed', header: 'if-none-match' }
  }
  // step 4
  if (reads && noneMatch === 'absent' && usable(modified) && modified !== 'earlier') {
    return { outcome: 'not-modified', header: 'if-modified-since' }
  }
  // step 6
  return { outcome: 'perform' }
}

function headersOf({ match, unmodified, noneMatch, modified }: Asked): HeaderLines {
  const fields: [string, string | undefined][] = [
    ['If-Modified-Since', DATES[modified]],
    ['If-None-Match', TAGS[noneMatch]],
    ['If-Unmodified-Since', DATES[unmodified]],
    ['If-Match', TAGS[match]],
  ]
  return fields.filter((field): field is [string, string] => field[1] !== undefined)
}

function representation({ exists, etag, dated }: State): CurrentRepresentation | undefined {
  if (!exists) return undefined
  return { etag: ETAGS[etag], lastModified: dated ? new Date(DATES.equal) : undefined }
}

describe('precedence (RFC 9110 §13.2.2)', () => {
  it.each(states)('exists: $exists, etag: $etag, dated: $dated', (state) => {
    const wrong = requests.filter((asked) => {
      const actual = evaluatePreconditions(
        { method: asked.method, headers: headersOf(asked) },
        representation(state),
      )
      const expected = byTheSteps(asked, state)
      return actual.outcome !== expected.outcome || actual.header !== expected.header
    })
    expect(requests).toHaveLength(5400)
    expect(wrong).toEqual([])
  })
})
