import { describe, expect, it } from 'vitest'
import { evaluatePreconditions, parsePreconditions } from '../../src/core/preconditions.js'
import type { HeaderLines } from '../../src/core/preconditions.js'

const FRIDAY = 'Fri, 06 Dec 2024 00:00:00 GMT'
const SATURDAY = 'Sat, 07 Dec 2024 00:00:00 GMT'
const friday = Date.parse(FRIDAY)

function evaluate(method: string, headers: HeaderLines, etag?: string, lastModified?: Date) {
  return evaluatePreconditions({ method, headers }, { etag, lastModified })
}

describe('parsePreconditions', () => {
  it('reads all four fields, whatever the case of their names', () => {
    expect(
      parsePreconditions([
        ['IF-MATCH', '"a", W/"b"'],
        ['host', 'example.org'],
        ['if-None-match', '*'],
        ['If-Modified-Since', FRIDAY],
        ['If-Unmodified-Since', ` ${SATURDAY}\t`],
      ]),
    ).toEqual({
      ifMatch: [
        { opaque: 'a', weak: false },
        { opaque: 'b', weak: true },
      ],
      ifNoneMatch: '*',
      ifModifiedSince: friday,
      ifUnmodifiedSince: Date.parse(SATURDAY),
    })
  })

  it('finds nothing where there is nothing', () => {
    expect(parsePreconditions([])).toEqual({})
    expect(parsePreconditions([['If-Range', '"a"']])).toEqual({})
    expect(parsePreconditions([['__proto__', '"a"']])).toEqual({})
  })

  it('joins the lines of one field in their order (§5.3)', () => {
    const lines: HeaderLines = [
      ['If-Match', '"a"'],
      ['If-None-Match', '"x"'],
      ['if-match', '"b" ,'],
      ['IF-MATCH', '"c"'],
    ]
    const { ifMatch, ifNoneMatch } = parsePreconditions(lines)
    expect(ifMatch).toEqual(['a', 'b', 'c'].map((opaque) => ({ opaque, weak: false })))
    expect(ifNoneMatch).toEqual([{ opaque: 'x', weak: false }])
  })

  it('keeps a tag from being made of two lines', () => {
    expect(
      parsePreconditions([
        ['If-Match', '"a'],
        ['If-Match', 'b"'],
      ]).malformed,
    ).toBe('if-match')
  })

  it.each(['If-Modified-Since', 'If-Unmodified-Since'])('ignores %s unless it is one date', (name) => {
    expect(parsePreconditions([[name, 'foo']])).toEqual({})
    expect(parsePreconditions([[name, '']])).toEqual({})
    expect(parsePreconditions([[name, `${FRIDAY}, ${FRIDAY}`]])).toEqual({})
    const twice = [
      [name, FRIDAY],
      [name, FRIDAY],
    ] as const
    expect(parsePreconditions(twice)).toEqual({})
  })

  it('places years of two digits by `now`', () => {
    const lines: HeaderLines = [
      ['If-Modified-Since', 'Friday, 06-Dec-80 00:00:00 GMT'],
      ['If-Unmodified-Since', 'Friday, 06-Dec-81 00:00:00 GMT'],
    ]
    expect(parsePreconditions(lines, Date.UTC(2040, 0))).toEqual({
      ifModifiedSince: Date.UTC(2080, 11, 6),
      ifUnmodifiedSince: Date.UTC(2081, 11, 6),
    })
    expect(parsePreconditions(lines).ifModifiedSince).toBe(Date.UTC(1980, 11, 6))
  })

  it('names the field that cannot be read, If-Match first', () => {
    const good: HeaderLines = [['If-Match', '"a"']]
    expect(parsePreconditions([['If-Match', 'a']])).toEqual({ malformed: 'if-match' })
    expect(parsePreconditions([['If-None-Match', 'a']])).toEqual({ malformed: 'if-none-match' })
    expect(parsePreconditions([...good, ['If-None-Match', 'a']]).malformed).toBe('if-none-match')
    const both: HeaderLines = [
      ['If-None-Match', 'a'],
      ['If-Match', 'a'],
    ]
    expect(parsePreconditions(both)).toEqual({ malformed: 'if-match' })
  })
})

describe('evaluatePreconditions', () => {
  it.each<[string, string, string]>([
    ['PUT', 'If-None-Match', 'W/"a"'],
    ['PUT', 'If-None-Match', '"a"'],
    ['PUT', 'If-Match', 'W/"a"'],
    ['GET', 'If-Match', '"b"'],
    ['DELETE', 'If-Match', ''],
    ['PUT', 'If-Match', ' , '],
  ])('refuses %s with %s: %s where "a" is current', (method, name, value) => {
    const header = name.toLowerCase()
    expect(evaluate(method, [[name, value]], '"a"')).toEqual({ outcome: 'precondition-failed', header })
  })

  it('takes an If-None-Match without a member for one that matches nothing', () => {
    expect(evaluate('PUT', [['If-None-Match', '']], '"a"')).toEqual({ outcome: 'perform' })
  })

  it.each(['*', '"a"', ''])('refuses If-Match: %s where there is no representation', (value) => {
    const request = { method: 'PUT', headers: [['If-Match', value]] as const }
    const refused = { outcome: 'precondition-failed', header: 'if-match' }
    expect(evaluatePreconditions(request, undefined)).toEqual(refused)
  })

  it.each(['GET', 'HEAD', 'PUT', 'get'])('fails closed on what cannot be read: %s', (method) => {
    const refused = (header: string) => ({ outcome: 'malformed', header })
    const both: HeaderLines = [
      ['If-Match', '"b"'],
      ['If-None-Match', 'a'],
    ]
    expect(evaluate(method, [['If-Match', 'a']], '"a"')).toEqual(refused('if-match'))
    expect(evaluate(method, both, '"a"')).toEqual(refused('if-none-match'))
    expect(evaluatePreconditions({ method, headers: both }, undefined)).toEqual(refused('if-none-match'))
  })

  it.each(['CONNECT', 'OPTIONS', 'TRACE'])('leaves %s alone (§13.2.1)', (method) => {
    const headers: HeaderLines = [
      ['If-Match', 'malformed'],
      ['If-None-Match', '*'],
    ]
    expect(evaluate(method, headers, '"a"')).toEqual({ outcome: 'perform' })
  })

  it.each([0, 1, 999])('compares whole seconds: %s ms past the one that the client has', (ms) => {
    const lastModified = new Date(friday + ms)
    const unmodified: HeaderLines = [['If-Unmodified-Since', FRIDAY]]
    const modified: HeaderLines = [['If-Modified-Since', FRIDAY]]
    expect(evaluate('PUT', unmodified, undefined, lastModified).outcome).toBe('perform')
    expect(evaluate('GET', modified, undefined, lastModified).outcome).toBe('not-modified')
  })

  it('sees a change in the next second, before 1970 too', () => {
    const refused = { outcome: 'precondition-failed', header: 'if-unmodified-since' }
    const since = (date: string): HeaderLines => [['If-Unmodified-Since', date]]
    expect(evaluate('PUT', since(FRIDAY), undefined, new Date(friday + 1000))).toEqual(refused)
    const [before, later] = [since('Wed, 31 Dec 1969 23:59:58 GMT'), since('Wed, 31 Dec 1969 23:59:59 GMT')]
    expect(evaluate('PUT', before, undefined, new Date(-1))).toEqual(refused)
    expect(evaluate('PUT', later, undefined, new Date(-1)).outcome).toBe('perform')
  })

  it('hands `now` on to the dates', () => {
    const headers: HeaderLines = [['If-Unmodified-Since', 'Friday, 06-Dec-80 00:00:00 GMT']]
    const current = { lastModified: new Date(friday) }
    const at = (now?: number) => evaluatePreconditions({ method: 'PUT', headers }, current, now).outcome
    expect(at()).toBe('precondition-failed')
    expect(at(Date.UTC(2040, 0))).toBe('perform')
  })

  it.each(['v1', '', 'w/"v1"', '"v1", "v2"', '*'])('throws where the server says its tag is %j', (etag) => {
    const message = `current.etag: ${JSON.stringify(etag)} is no entity tag such as "v1" or W/"v1"`
    expect(() => evaluate('GET', [], etag)).toThrow(new TypeError(message))
  })

  it('throws where the date of the server is invalid', () => {
    const message = 'current.lastModified: Invalid Date. Leave it out if not known'
    expect(() => evaluate('GET', [], undefined, new Date(Number.NaN))).toThrow(new TypeError(message))
  })
})
