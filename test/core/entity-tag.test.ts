import { describe, expect, it } from 'vitest'
import { formatEntityTag, parseEntityTag, parseEntityTags } from '../../src/core/entity-tag.js'
import { strongMatch, weakMatch } from '../../src/core/entity-tag.js'
import type { EntityTag, EntityTags } from '../../src/core/entity-tag.js'

const strong = (opaque: string): EntityTag => ({ opaque, weak: false })
const weak = (opaque: string): EntityTag => ({ opaque, weak: true })

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
