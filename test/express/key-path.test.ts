import fc from 'fast-check'
import { randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodeSegment, pathKey, pathSegments } from '../../src/express/path.js'

const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31))

const keyOf = (target: string) => pathKey(pathSegments(target))
const folded = (text = '') => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

describe('the key of a path', () => {
  it.each([
    ['/articles/42', 'articles/42'],
    ['/articles/42/', 'articles/42'],
    ['/articles/42?draft=1', 'articles/42'],
    ['/articles/42#top', 'articles/42'],
    ['//articles//42', 'articles/42'],
    ['/%61rticles/%34%32', 'articles/42'],
    ['/Articles/42', 'articles/42'],
    ['http://host.example:80/articles/42?x', 'articles/42'],
    ['https://host.example', ''],
    ['/', ''],
    ['/articles/a%2fb', 'articles/a%2fb'],
    ['/articles/a%2Fb', 'articles/a%2fb'],
    ['/articles/a%252Fb', 'articles/a%252fb'],
    ['/articles/%zz', 'articles/%zz'],
    ['/articles/..', 'articles/..'],
    ['/articles/%2e%2e', 'articles/..'],
    ['/a%0d%0ab', 'a%0d%0ab'],
    ['*', '*'],
  ])('%s is %s', (target, key) => {
    expect(keyOf(target)).toBe(key)
  })

  it.each([
    ['/users/a@b.c', '/users/a%40b.c'],
    ["/a/!$&'()*+,;=:@", '/a/%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40'],
    ['/a/{x}|^`"<>', '/a/%7Bx%7D%7C%5E%60%22%3C%3E'],
  ])('%s and %s reach a handler as one parameter, and are one key', (one, two) => {
    expect(keyOf(one)).toBe(keyOf(two))
  })

  // any text as a segment: letters that need no coding, borders, what looks encoded, other scripts
  const text = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({
      minLength: 1,
      unit: fc.constantFrom('a', 'B', '~', '-', '.', '/', '%', '2', 'F', '?', '#', 'é'),
    }),
  )
  const segment = text.map(encodeURIComponent)

  /** other spellings of the same octets */
  const respelled = (encoded: string) =>
    fc.array(fc.boolean(), { minLength: encoded.length, maxLength: encoded.length }).map((choices) =>
      encoded.replace(/%[0-9A-F]{2}|[A-Za-z0-9\-._~]/g, (part, at: number) => {
        if (choices[at] !== true) return part
        if (part.startsWith('%')) return part.toLowerCase()
        return `%${part.charCodeAt(0).toString(16)}`
      }),
    )

  it(`is one for all spellings of one resource (SEED=${seed})`, () => {
    fc.assert(
      fc.property(
        fc
          .array(segment, { minLength: 1, maxLength: 4 })
          .chain((segments) =>
            fc.tuple(
              fc.constant(segments.join('/')),
              fc.tuple(...segments.map(respelled)),
              fc.constantFrom('', '/', '?a=/b', '/?x'),
              fc.constantFrom('/', '//', 'http://h/'),
            ),
          ),
        ([plain, spelled, end, begin]) => {
          expect(keyOf(`${begin}${spelled.join('/')}${end}`)).toBe(keyOf(`/${plain}`))
        },
      ),
      { seed },
    )
  })

  it(`is never shared by two resources (SEED=${seed})`, () => {
    const path = fc.array(segment, { minLength: 1, maxLength: 3 })
    const meaning = (segments: readonly string[]) =>
      JSON.stringify(segments.map((part) => folded(decodeSegment(part))))
    fc.assert(
      fc.property(path, path, (one, two) => {
        const same = keyOf(`/${one.join('/')}`) === keyOf(`/${two.join('/')}`)
        expect(same).toBe(meaning(one) === meaning(two))
      }),
      { seed },
    )
    // near misses, which two random paths seldom are
    for (const [one, two] of [
      ['/a%2Fb', '/a/b'],
      ['/a%252Fb', '/a%2Fb'],
      ['/a%25', '/a%2525'],
      ['/a%3Fb', '/a?b'],
      ['/a%23b', '/a#b'],
      ['/a%2e', '/a%252e'],
      ['/%e9', '/%c3%a9'],
    ] as const)
      expect(keyOf(one), `${one} ${two}`).not.toBe(keyOf(two))
  })
})
