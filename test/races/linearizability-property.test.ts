import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkLinearizable } from './linearizability/check.js'
import { simulate } from './linearizability/simulate.js'
import { SPOILS } from './linearizability/spoil.js'
import { raceSeed, randomFrom, rounds } from './seed.js'

const seed = raceSeed()
const good = rounds(200)
const bad = rounds(60)
const turns = fc.array(fc.record({ client: fc.nat(5), choice: fc.nat(999) }), {
  minLength: 20,
  maxLength: 200,
  size: 'max',
})

const STORES = [
  { versions: 'row', faults: false },
  { versions: 'row', faults: true },
  { versions: 'ledger', faults: false },
  { versions: 'ledger', faults: true },
] as const

describe.each(STORES)(`histories of a $versions store, with faults: $faults, seed ${seed}`, (store) => {
  const { versions, faults } = store

  it('are accepted', { timeout: 200 * good }, () => {
    fc.assert(
      fc.property(turns, (given) => {
        checkLinearizable(simulate(versions, faults, given).history, store)
      }),
      { seed, numRuns: good },
    )
  })

  it('are judged, though 32 clients use one key at once', () => {
    const random = randomFrom(seed)
    const given = Array.from({ length: 4_000 }, () => ({
      client: random.next(32),
      choice: random.next(1_000),
    }))
    const simulated = simulate(versions, faults, given)
    checkLinearizable(simulated.history, store)
    for (const spoil of Object.values(SPOILS)) {
      const history = spoil(simulated, random.next)
      if (history !== undefined) expect(() => checkLinearizable(history, store)).toThrow()
    }
  })

  it.each(Object.entries(SPOILS))('are refused with %s in them', { timeout: 200 * bad }, (_, spoil) => {
    let spoiled = 0
    fc.assert(
      fc.property(turns, fc.nat(), (given, place) => {
        const history = spoil(simulate(versions, faults, given), (length) => place % length)
        if (history === undefined) return
        spoiled++
        expect(() => checkLinearizable(history, store)).toThrow(/linearizable|names two states|came back/)
      }),
      { seed, numRuns: bad },
    )
    expect(spoiled).toBeGreaterThan(bad / 10)
  })
})
