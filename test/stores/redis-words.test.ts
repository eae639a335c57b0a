import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Words } from '../../src/stores/redis/words.js'

const word = fc.string().map((text) => text.replaceAll(' ', '_'))

describe('the words of an answer of Redis', () => {
  it('are those between the blanks', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (list) => {
        const words = new Words(list.join(' '))
        expect(list.map(() => words.next())).toEqual(list)
        expect(words.next()).toBeUndefined()
      }),
    )
  })

  it('are whole numbers as they are written, wherever they stand', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.maxSafeInteger(), word), { minLength: 1 }), (list) => {
        const words = new Words(list.join(' '))
        expect(list.map((expected) => (typeof expected === 'number' ? words.whole() : words.next()))).toEqual(
          list.map((expected) => (Object.is(expected, -0) ? 0 : expected)),
        )
      }),
    )
  })

  it('are no numbers in any other spelling', () => {
    fc.assert(
      fc.property(fc.oneof(word, fc.stringMatching(/^[-+ .0-9eEx]{0,20}$/)), (text) => {
        const [first = ''] = text.split(' ')
        const number = Number(first)
        const isWritten = Number.isSafeInteger(number) && String(number) === first
        expect(new Words(text).whole()).toBe(isWritten ? number : undefined)
      }),
    )
    for (const text of ['', ' ', '-', '-0', '00', '01', '-01', '1e3', '9007199254740992', '9'.repeat(400)])
      expect(new Words(text).whole()).toBeUndefined()
  })
})
