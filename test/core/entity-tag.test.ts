import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { formatEntityTag, parseEntityTag, parseEntityTags } from '../../src/core/entity-tag.js'
import { strongMatch, weakMatch } from '../../src/core/entity-tag.js'
import type { EntityTag, EntityTags } from '../../src/core/entity-tag.js'

const strong = (opaque: string): EntityTag => ({ opaque, weak: false })
const weak = (opaque: string): EntityTag => ({ opaque, weak: true })

const etagc = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x22 && code !== 0x7f)
const opaque = fc.array(etagc, { maxLength: 20 }).map((codes) => String.fromCharCode(...codes))
const tag = fc.record({ opaque, weak: fc.boolean() })
const blanks = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 })

/** Pieces that make almost lists, far more often than arbitrary characters do. */
const almostList = fc
  .array(fc.constantFrom('"', ',', 'W', '/', 'w/', '*', ' ', '\t', 'a', '\xe9', '"b"', 'W/"c"', '\x7f', '!'))
  .map((pieces) => pieces.join(''))

describe('parseEntityTag', () => {
  it.each([
    ['"xyzzy"', strong('xyzzy')],
    ['W/"xyzzy"', weak('xyzzy')],
    ['""', strong('')],
    ['W/""', weak('')],
    ['"a,b"', strong('a,b')],
    ['"*"', strong('*')],
    ['"W/"', strong('W/')],
    ['"!#~"', strong('!#~')],
    ['"\x80\xff"', strong('\x80\xff')],
    ['"back\\slash"', strong('back\\slash')],
  ])('reads %s', (text, expected) => {
    expect(parseEntityTag(text)).toEqual(expected)
  })

  it.each([
    ['nothing', ''],
    ['a bare word', 'xyzzy'],
    ['no quote at the end', '"xyzzy'],
    ['no quote at the start', 'xyzzy"'],
    ['one quote', '"'],
    ['one weak quote', 'W/"'],
    ['only the prefix', 'W/'],
    ['a small w', 'w/"a"'],
    ['a prefix without its slash', 'W"a"'],
    ['the prefix twice', 'W/W/"a"'],
    ['a blank after the prefix', 'W/ "a"'],
    ['a blank before', ' "a"'],
    ['a blank after', '"a" '],
    ['two tags', '"a","b"'],
    ['a quote inside', '"a"b"'],
    ['a space inside', '"a b"'],
    ['a tab inside', '"a\tb"'],
    ['a line break inside', '"a\r\nb"'],
    ['NUL inside', '"\0"'],
    ['DEL inside', '"\x7f"'],
    ['a character that is no octet', '"\u0100"'],
    ['single quotes', "'a'"],
    ['an asterisk', '*'],
  ])('refuses %s', (_, text) => {
    expect(parseEntityTag(text)).toBeUndefined()
  })

  it('reads back what formatEntityTag writes', () => {
    fc.assert(
      fc.property(tag, (any) => {
        expect(parseEntityTag(formatEntityTag(any))).toEqual(any)
      }),
    )
  })
})

describe('formatEntityTag', () => {
  it('writes both kinds', () => {
    expect(formatEntityTag(strong('v1'))).toBe('"v1"')
    expect(formatEntityTag(weak('v1'))).toBe('W/"v1"')
    expect(formatEntityTag(strong(''))).toBe('""')
  })

  it.each(['a"b', 'a b', 'a\r\nSet-Cookie: b', '\u2713', '\x7f'])('throws rather than write %j', (text) => {
    expect(() => formatEntityTag(strong(text))).toThrow(TypeError)
    expect(() => formatEntityTag(strong(text))).toThrow(
      `${JSON.stringify(text)} cannot stand in an entity tag`,
    )
  })
})

describe('parseEntityTags', () => {
  it.each<[string, EntityTags]>([
    ['*', '*'],
    [' * ', '*'],
    ['\t*\t', '*'],
    ['"a"', [strong('a')]],
    [' \t"a"\t ', [strong('a')]],
    ['"a","b"', [strong('a'), strong('b')]],
    ['"a" \t , \t W/"b"', [strong('a'), weak('b')]],
    ['W/"a",W/"b"', [weak('a'), weak('b')]],
    ['"a,b", "c"', [strong('a,b'), strong('c')]],
    [',"a"', [strong('a')]],
    ['"a",', [strong('a')]],
    [' "a",, ,"b" ,', [strong('a'), strong('b')]],
    ['"", W/""', [strong(''), weak('')]],
    ['"a", "*"', [strong('a'), strong('*')]],
    ['"\xe9", "b"', [strong('\xe9'), strong('b')]],
  ])('reads %j', (value, expected) => {
    expect(parseEntityTags(value)).toEqual(expected)
  })

  it.each(['', ' ', '\t', ',', ' , ,'])('reads %j as a list without a member', (value) => {
    expect(parseEntityTags(value)).toEqual([])
  })

  it.each([
    ['an asterisk in front of a list', '*, "a"'],
    ['an asterisk in a list', '"a", *'],
    ['an asterisk and an empty member', '*,'],
    ['an empty member and an asterisk', ',*'],
    ['two asterisks', '**'],
    ['a weak asterisk', 'W/*'],
    ['no comma', '"a" "b"'],
    ['no comma and no blank', '"a""b"'],
    ['no comma before a weak tag', '"a"W/"b"'],
    ['a bare word', 'a'],
    ['a bare word behind a tag', '"a", b'],
    ['a semicolon', '"a"; "b"'],
    ['a small w', '"a", w/"b"'],
    ['a prefix alone', '"a", W/'],
    ['a blank after the prefix', '"a", W/ "b"'],
    ['a tag without its end', '"a", "b'],
    ['a space inside', '"a", "b c"'],
    ['a control inside', '"a", "b\x01"'],
    ['a line break between', '"a",\n"b"'],
    ['a no-break space between', '"a",\xa0"b"'],
  ])('refuses %s', (_, value) => {
    expect(parseEntityTags(value)).toBeUndefined()
  })

  it('takes 1,024 members, empty ones included, and no more', () => {
    const full = Array.from({ length: 1024 }, (_, index) => `"${index}"`)
    expect(parseEntityTags(full.join(','))).toHaveLength(1024)
    expect(parseEntityTags([...full, '"one more"'].join(','))).toBeUndefined()
    expect(parseEntityTags(`${full.join(',')},`)).toBeUndefined()
    expect(parseEntityTags(','.repeat(1023))).toEqual([])
    expect(parseEntityTags(','.repeat(1024))).toBeUndefined()
  })

  it('takes 16 KiB and no more', () => {
    const longest = 'x'.repeat(16 * 1024 - 2)
    expect(parseEntityTags(`"${longest}"`)).toEqual([strong(longest)])
    expect(parseEntityTags(`"${longest}x"`)).toBeUndefined()
    expect(parseEntityTags(`"a"${' '.repeat(16 * 1024 - 3)}`)).toEqual([strong('a')])
    expect(parseEntityTags(`"a"${' '.repeat(16 * 1024 - 2)}`)).toBeUndefined()
  })

  it('reads the members of any list that was joined', () => {
    const member = fc.tuple(blanks, tag, blanks, fc.integer({ min: 0, max: 2 }))
    fc.assert(
      fc.property(fc.array(member), (members) => {
        const value = members.map(
          ([left, any, right, commas]) => left + formatEntityTag(any) + right + ','.repeat(commas),
        )
        expect(parseEntityTags(value.join(','))).toEqual(members.map(([, any]) => any))
      }),
    )
  })

  it('agrees with a plain reading of the grammar', () => {
    const characters = fc.string({ unit: fc.constantFrom(...'",W/* \ta\xe9'), maxLength: 8 })
    fc.assert(
      fc.property(fc.oneof(almostList, characters), (value) => {
        expect(parseEntityTags(value)).toEqual(byTheGrammar(value))
      }),
      { numRuns: 10_000 },
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => void parseEntityTags(value)))
  })
})

/** The productions of RFC 9110 as they stand there: right, and exponential. For short values only. */
function byTheGrammar(value: string): EntityTags | undefined {
  const entityTag = String.raw`(?:W\/)?"[\x21\x23-\x7E\x80-\xFF]*"`
  const ows = '[ \\t]*'
  const list = `^${ows}(?:${entityTag})?(?:${ows},${ows}(?:${entityTag})?)*${ows}$`
  if (new RegExp(`^${ows}\\*${ows}$`).test(value)) return '*'
  if (!new RegExp(list).test(value)) return undefined
  const found = value.match(new RegExp(entityTag, 'g')) ?? []
  return found.map((text) => ({ opaque: text.slice(text.indexOf('"') + 1, -1), weak: text.startsWith('W') }))
}

describe('hostile values', () => {
  afterEach(() => vi.restoreAllMocks())

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
    const value = shape(16 * 1024)
    const looks = vi.spyOn(String.prototype, 'charCodeAt')
    parseEntityTags(value)
    expect(looks.mock.calls.length).toBeLessThanOrEqual(4 * value.length)
  })
})

describe('comparison (RFC 9110 §8.8.3.2)', () => {
  it.each([
    [weak('1'), weak('1'), false, true],
    [weak('1'), weak('2'), false, false],
    [weak('1'), strong('1'), false, true],
    [strong('1'), weak('1'), false, true],
    [strong('1'), strong('1'), true, true],
    [strong('1'), strong('2'), false, false],
    [strong('a'), strong('A'), false, false],
  ])('%o and %o: strong %s, weak %s', (a, b, strongly, weakly) => {
    expect(strongMatch(a, b)).toBe(strongly)
    expect(weakMatch(a, b)).toBe(weakly)
  })
})
