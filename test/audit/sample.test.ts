import { describe, expect, it } from 'vitest'
import { samplesOf } from '../../src/audit/sample.js'

const templates = (pattern: RegExp, names: readonly string[] = []) =>
  samplesOf(pattern, names).map(({ template }) => template)

describe('a path that a pattern matches', () => {
  it.each([
    ['Express 4.18', /^\/articles\/(?:([^/]+?))\/?$/i, ['id'], ['/articles/:id']],
    ['Express 4.18, two paths', /(?:^\/a\/?(?=\/|$)|^\/b\/?(?=\/|$))/i, [], ['/a', '/b']],
    ['Express 4', /^\/r(?:\/([^/]+?))\/?(?=\/|$)|^\/q\/?(?=\/|$)/i, ['a'], ['/r/:a', '/q']],
    ['Express 4, optional', /^\/r(?:\/([^/]+?))?\/?$/i, ['a'], ['/r/:a']],
    ['Express 5, wildcard', /^(?:\/files\/([^]+))(?:\/$)?$/i, ['path'], ['/files/*path']],
    ['Express 5, optional', /^(?:\/a\/([^/]+)|\/a)(?:\/$)?$/i, ['id'], ['/a/:id']],
    ['two groups', /^(?:\/a)(?:\/b)$/, [], ['/a/b']],
    ['named group', /^\/(?<year>\d{4})-[a-c]{2}$/, ['year'], ['/:year-aa']],
    ['classes in classes', new RegExp('^/[[a-z]--[aeiou]]/(\\d[\\d&&[1-5]]*)$', 'v'), ['id'], ['/x/:id']],
    ['an end within a class', /^\/a[\]x[]b$/, [], ['/axb']],
    ['look-behind, unicode', /^\/\u0061\x62\w+(?<!c)$/, [], ['/abX1']],
  ])('%s', (_what, pattern, names, expected) => {
    expect(templates(pattern, names)).toEqual(expected)
    for (const { path } of samplesOf(pattern, names)) expect(path).toMatch(pattern)
  })

  it('none where it would not match', () => {
    expect(templates(/^\/(?=b)a$/)).toEqual([])
    expect(templates(/^\/(a)\1$/)).toEqual([])
    expect(templates(/^\/(?:(?:a{9999}){9999}){9999}$/)).toEqual([])
  })

  it('has capitals and a digit where it may: what folds the case is found out', () => {
    expect(samplesOf(/^\/a\/([^/]+)$/, ['id'])[0]?.path).toBe('/a/X1')
    expect(samplesOf(/^\/a\/(\d+)$/, ['id'])[0]?.path).toBe('/a/10')
  })
})
