import { expect, it } from 'vitest'
import { HeldClaims } from '../../src/stores/memory/held-claims.js'
import { SettledTokens } from '../../src/stores/memory/settled-tokens.js'

const MOST = 128

function tokensOf(slots: number): SettledTokens {
  const tokens = new SettledTokens()
  tokens.grow(slots + 5)
  for (let slot = 1; slot <= slots; slot += 1) tokens.set(slot, `of ${slot}`)
  return tokens
}

it('remembers the last 128 settled tokens, each for its own slot', () => {
  const tokens = tokensOf(MOST + 2)
  expect([1, 2, 3, MOST + 2].map((slot) => tokens.get(slot))).toEqual([null, null, 'of 3', `of ${MOST + 2}`])
})

it('forgets last what was set last, however often its slot settled before', () => {
  const tokens = tokensOf(MOST)
  for (let time = 0; time < 3 * MOST; time += 1) tokens.set(1, `of 1, time ${time}`)
  expect(tokens.get(2)).toBe('of 2')
  tokens.set(MOST + 1, 'another')
  expect([1, 2].map((slot) => tokens.get(slot))).toEqual([`of 1, time ${3 * MOST - 1}`, null])
})

it('gives a forgotten slot no token of anybody, before or after its place is taken again', () => {
  const tokens = tokensOf(MOST)
  tokens.delete(5)
  expect(tokens.get(5)).toBeNull()
  for (let slot = 1; slot <= 4; slot += 1) tokens.set(slot, 'again')
  tokens.set(MOST + 1, 'another')
  expect([5, MOST + 1].map((slot) => tokens.get(slot))).toEqual([null, 'another'])
  tokens.set(5, 'of 5 again')
  expect([5, MOST + 1].map((slot) => tokens.get(slot))).toEqual(['of 5 again', 'another'])
})

it('does not take the token of a slot for that of a place which it had before', () => {
  const tokens = tokensOf(MOST)
  tokens.delete(5)
  tokens.set(5, 'of 5 again')
  // in the places of 2, 3 and 4, and in the one that 5 had at first
  for (let slot = MOST + 1; slot <= MOST + 4; slot += 1) tokens.set(slot, 'another')
  expect(tokens.get(5)).toBe('of 5 again')
})

it('holds each claim for its own slot, in the places of those that ended', () => {
  const claims = new HeldClaims()
  claims.grow(10)
  const held = (token: string) => ({ token, beat: 0, lease: 1, doubtful: false, since: 0 })
  for (let slot = 1; slot <= 9; slot += 1) claims.set(slot, held(`of ${slot}`))
  for (const slot of [3, 7, 3]) claims.delete(slot)
  claims.set(7, held('of 7 again'))
  claims.set(9, held('of 9 renewed'))
  const seen = Array.from({ length: 10 }, (_, slot) => claims.get(slot)?.token)
  expect(seen).toEqual([
    undefined,
    ...['of 1', 'of 2', undefined, 'of 4', 'of 5', 'of 6', 'of 7 again', 'of 8', 'of 9 renewed'],
  ])
  expect([0, 3, 7].map((slot) => claims.has(slot))).toEqual([false, false, true])
})
