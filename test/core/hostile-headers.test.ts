import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { parseEntityTags } from '../../src/core/entity-tag.js'
import { evaluatePreconditions } from '../../src/core/preconditions.js'
import type { HeaderLines } from '../../src/core/preconditions.js'

/*
 * Headers that make a careless parser quadratic, or worse. Counted are the characters looked at, not the
 * milliseconds: the same on every machine.
 */

const KIB16 = 16 * 1024

afterEach(() => vi.restoreAllMocks())

describe('hostile values', () => {
  const shapes: Record<string, (length: number) => string> = {
    commas: (length) => ','.repeat(length),
    'blank commas': (length) => ' ,'.repeat(length / 2),
    quotes: (length) => '"'.repeat(length),
    'nested quotes': (length) => '"\\"'.repeat(length / 3),
    'one quote and letters': (length) => `"${'a'.repeat(length - 1)}`,
    'obs-text': (length) => `"${'\xff'.repeat(length - 2)}"`,
    prefixes: (length) => 'W/'.repeat(length / 2),
    spaces: (length) => ' '.repeat(length),
    'a tag, blanks, no comma': (length) => `"a"${' '.repeat(length - 4)}"`,
    'empty tags': (length) => '"",'.repeat(length / 3),
    'tags and blanks': (length) => `"a"${' '.repeat(60)},`.repeat(length / 64),
    asterisks: (length) => '*'.repeat(length),
    tags: (length) => 'W/"0123456789",'.repeat(length / 15),
  }

  it.each(Object.entries(shapes))('looks at each character a few times: %s', (_, shape) => {
    const value = shape(KIB16)
    const looks = vi.spyOn(String.prototype, 'charCodeAt')
    parseEntityTags(value)
    expect(looks).toHaveBeenCalled()
    expect(looks.mock.calls.length).toBeLessThanOrEqual(4 * value.length)
  })
})

describe('hostile headers', () => {
  const evaluate = (method: string, headers: HeaderLines) =>
    evaluatePreconditions({ method, headers }, { etag: '"a"', lastModified: new Date(0) })
  const date = 'Fri, 06 Dec 2024 00:00:00 GMT'
  const bad = ['"', ',', 'W/', ' ', '"a" ', '"\xff', '"",', date]

  it.each(bad)('looks at each character a few times: %j again and again', (unit) => {
    const value = unit.repeat(KIB16 / unit.length)
    const lines = Array.from(
      { length: 100 },
      (_, at) => ['If-Match', value.slice(at * 160, at * 160 + 160)] as const,
    )
    const looks = vi.spyOn(String.prototype, 'charCodeAt')
    for (const name of ['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since']) {
      evaluate('GET', [[name, value]])
    }
    evaluate('PUT', lines)
    expect(looks).toHaveBeenCalled()
    expect(looks.mock.calls.length).toBeLessThanOrEqual(3 * 4 * KIB16)
  })

  it('never throws', () => {
    const name = fc.constantFrom('If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since')
    const lines = fc.array(fc.tuple(name, fc.string()))
    fc.assert(fc.property(lines, (headers) => void evaluate('GET', headers)))
  })
})
