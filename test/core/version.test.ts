import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseEntityTag } from '../../src/core/entity-tag.js'
import {
  decodeVersion,
  encodeVersion,
  formatTag,
  versionPart,
  withoutCodingSuffix,
} from '../../src/core/version.js'

const wellFormed = fc.string({ unit: 'grapheme' })

describe('a version in an entity tag', () => {
  it.each([
    ['7', '7'],
    ['k3x9-7', 'k3x9-7'],
    ['', ''],
    ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00%2E000Z'],
    ['100%', '100%25'],
    ['say "hi"', 'say%20%22hi%22'],
    ['a\r\nSet-Cookie: b', 'a%0D%0ASet-Cookie:%20b'],
    ['é', '%C3%A9'],
    ['😀', '%F0%9F%98%80'],
    ["!#$&'()*+,-/:;<=>?@[\\]^_`{|}~", "!#$&'()*+,-/:;<=>?@[\\]^_`{|}~"],
  ])('%j stands as %j, and comes back', (version, encoded) => {
    expect(encodeVersion(version)).toBe(encoded)
    expect(decodeVersion(encoded)).toBe(version)
  })

  it('is always one entity tag, whose version comes back', () => {
    fc.assert(
      fc.property(wellFormed, fc.option(fc.base64String(), { nil: undefined }), (version, content) => {
        const tag = parseEntityTag(formatTag(version, content))
        return tag !== undefined && !tag.weak && versionPart(tag.opaque) === version
      }),
    )
  })

  it('has one spelling: no two texts stand for one version', () => {
    fc.assert(
      fc.property(
        wellFormed,
        (text) =>
          (decodeVersion(text) ?? '') === '' ||
          encodeVersion(decodeVersion(text) ?? '') === text ||
          !text.includes('%'),
      ),
    )
    expect(decodeVersion('%41')).toBeUndefined()
    expect(decodeVersion('%2e')).toBeUndefined()
  })

  it('that is broken is nobody’s', () => {
    expect(decodeVersion('%')).toBeUndefined()
    expect(decodeVersion('%C3')).toBeUndefined()
  })

  it('must be well-formed Unicode', () => {
    expect(() => encodeVersion('a\ud800')).toThrowError(
      expect.objectContaining({ code: 'ERR_VERSION_INVALID' }) as Error,
    )
    expect(() => encodeVersion('a\ud800')).toThrow(/well-formed Unicode, got/)
  })

  it('ends at the first dot', () => {
    expect(versionPart('7.abc')).toBe('7')
    expect(versionPart('7')).toBe('7')
    expect(versionPart('.abc')).toBe('')
    expect(versionPart('7.a.b')).toBe('7')
    expect(formatTag('1.5', 'x')).toBe('"1%2E5.x"')
  })
})

describe('a coding suffix', () => {
  it.each([
    '-gzip',
    '-br',
    '-zstd',
    '-deflate',
    ';gzip',
    ';br',
    ';zstd',
    ';deflate',
    '+gzip',
    '+br',
    '+zstd',
  ])('%s is taken off', (suffix) => {
    expect(withoutCodingSuffix(`7.abc${suffix}`)).toBe('7.abc')
  })

  it('is taken off once, and nothing else is', () => {
    expect(withoutCodingSuffix('7--gzip')).toBe('7')
    expect(withoutCodingSuffix('7-gzip-gzip')).toBe('7-gzip')
    expect(withoutCodingSuffix('7-abc')).toBe('7-abc')
    expect(withoutCodingSuffix('-gzip7')).toBe('-gzip7')
  })
})
