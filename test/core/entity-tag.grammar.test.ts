import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatEntityTag, parseEntityTag, parseEntityTags } from '../../src/core/entity-tag.js'
import type { EntityTags } from '../../src/core/entity-tag.js'

const etagc = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x22 && code !== 0x7f)
const opaque = fc.array(etagc, { maxLength: 20 }).map((codes) => String.fromCharCode(...codes))
const tag = fc.record({ opaque, weak: fc.boolean() })
const blanks = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 })

/** Pieces that make almost lists, far more often than arbitrary characters do. */
const almostList = fc
  .array(fc.constantFrom('"', ',', 'W', '/', 'w/', '*', ' ', '\t', 'a', '\xe9', '"b"', 'W/"c"', '\x7f', '!'))
  .map((pieces) => pieces.join(''))

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

describe('the grammar of entity tags', () => {
  it('reads back what formatEntityTag writes', () => {
    fc.assert(
      fc.property(tag, (any) => {
        expect(parseEntityTag(formatEntityTag(any))).toEqual(any)
      }),
    )
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
    const characters = fc.string({
      unit: fc.constantFrom('"', ',', 'W', '/', '*', ' ', '\t', 'a', '\xe9'),
      maxLength: 8,
    })
    fc.assert(
      fc.property(fc.oneof(almostList, characters), (value) => {
        expect(parseEntityTags(value)).toEqual(byTheGrammar(value))
      }),
      { numRuns: 10_000 },
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (codes) => void parseEntityTags(String.fromCharCode(...codes))),
    )
  })
})
