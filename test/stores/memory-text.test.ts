import { describe, expect, it } from 'vitest'
import { seededHash } from '../../src/stores/memory/text.js'

const SHARDS = 64

/** The fullest of the shards, by how many times its fair share it got. */
function crowding(keys: readonly string[]): number {
  const hash = seededHash()
  const sizes = new Array<number>(SHARDS).fill(0)
  for (const key of keys) sizes[hash(key) % SHARDS]! += 1
  return (Math.max(...sizes) * SHARDS) / keys.length
}

/** 4,096 keys of 12 characters, each place holding one of two. */
function pairs(one: string, other: string): string[] {
  return Array.from({ length: 4096 }, (_, bits) =>
    Array.from({ length: 12 }, (_, place) => (((bits >> place) & 1) === 0 ? one : other)).join(''),
  )
}

describe('seededHash', () => {
  it.each<[string, string[]]>([
    ['counted', Array.from({ length: 4096 }, (_, index) => `articles/${index}`)],
    ['the same but for the sixth bit', pairs('a', 'A')],
    ['the same but for the seventh bit', pairs('a', '!')],
    ['the same but for the highest bits', pairs('\u0061', '\u8061')],
    ['the same below the ninth bit', pairs('a', '\u0161')],
    ['pairs that meet in a polynomial hash by 31', pairs('Aa', 'BB')],
  ])('spreads keys that are %s', (_, keys) => {
    // a fair share is 64 keys; with 11 standard deviations to spare, chance never gets there
    expect(crowding(keys)).toBeLessThan(2.4)
  })

  it('places keys anew in every ledger, so that nobody can learn which keys meet', () => {
    const [one, other] = [seededHash(), seededHash()]
    const keys = Array.from({ length: 4096 }, (_, index) => `articles/${index}`)
    const together = keys.filter((key) => one(key) % SHARDS === one('articles/0') % SHARDS)
    const still = together.filter((key) => other(key) % SHARDS === other('articles/0') % SHARDS)
    expect(still.length).toBeLessThan(together.length / 2)
  })
})
