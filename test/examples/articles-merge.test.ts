import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

interface Article {
  title: string
  body: string
}
interface Part {
  kind: 'same' | 'removed' | 'added'
  text: string
}

// the page's own modules, which a browser loads as they are
const page = new URL('../../examples/articles/public/', import.meta.url)
const load = async <T>(name: string) => (await import(new URL(name, page).href)) as T
const { diffWords } = await load<{ diffWords: (before: string, after: string) => Part[] }>('diff.js')
const { merge } = await load<{
  merge: (
    base: Article,
    yours: Article,
    theirs: Article,
  ) => { merged: Article; conflicts: { name: string }[] }
}>('merge.js')

const base = { title: 'Hours', body: 'Nine to five' }

describe('the merge of the page', () => {
  it.each([
    ['only yours', { ...base, title: 'Times' }, base, { ...base, title: 'Times' }, []],
    ['only theirs', base, { ...base, title: 'Times' }, { ...base, title: 'Times' }, []],
    ['each another field', { ...base, title: 'T' }, { ...base, body: 'B' }, { title: 'T', body: 'B' }, []],
    ['both to the same', { ...base, title: 'T' }, { ...base, title: 'T' }, { ...base, title: 'T' }, []],
    [
      'both, differently',
      { ...base, title: 'T' },
      { ...base, title: 'U' },
      { ...base, title: 'T' },
      ['title'],
    ],
  ])('%s', (_, yours, theirs, merged, conflicts) => {
    const result = merge(base, yours, theirs)
    expect(result.merged).toEqual(merged)
    expect(result.conflicts.map(({ name }) => name)).toEqual(conflicts)
  })
})

describe('the differences that the page marks', () => {
  const without = (kind: string, parts: Part[]) =>
    parts
      .filter((part) => part.kind !== kind)
      .map(({ text }) => text)
      .join('')

  it('make up both texts, whatever they are', () => {
    const words = fc
      .array(fc.constantFrom('a', 'b', 'é', ' ', '\n', '.', '😀', '\ud800', '<b>'), { maxLength: 12 })
      .map((list) => list.join(''))
    fc.assert(
      fc.property(words, words, (before, after) => {
        const parts = diffWords(before, after)
        expect(without('added', parts)).toBe(before)
        expect(without('removed', parts)).toBe(after)
        expect(parts.every(({ kind }, index) => kind !== parts[index + 1]?.kind)).toBe(true)
      }),
    )
  })

  it('are words, and a rewritten phrase is one piece', () => {
    expect(diffWords('from nine to five', 'from eight to five')).toEqual([
      { kind: 'same', text: 'from ' },
      { kind: 'removed', text: 'nine' },
      { kind: 'added', text: 'eight' },
      { kind: 'same', text: ' to five' },
    ])
    expect(diffWords('Opening hours', 'When we open')).toEqual([
      { kind: 'removed', text: 'Opening hours' },
      { kind: 'added', text: 'When we open' },
    ])
  })

  it('of two long texts without a word in common are the two texts', () => {
    const before = 'a '.repeat(10_000)
    const after = 'b '.repeat(10_000)
    const parts = diffWords(before, after)
    expect([without('added', parts), without('removed', parts)]).toEqual([before, after])
  })
})
