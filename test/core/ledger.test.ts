import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ledgerCount, ledgerVersion } from '../../src/core/ledger.js'
import { unseen } from '../../src/core/record.js'

const epochs = fc.constantFrom('', 'k3x9', '0', 'abc123')
const counts = fc.nat({ max: Number.MAX_SAFE_INTEGER })

describe('a count as a version', () => {
  it('comes back', () => {
    fc.assert(
      fc.property(
        epochs,
        counts,
        (epoch, count) => ledgerCount(epoch, ledgerVersion(epoch, count)) === count,
      ),
    )
  })

  it('of another epoch is well-formed, and never current', () => {
    fc.assert(
      fc.property(
        epochs,
        epochs,
        counts,
        (mine, theirs, count) =>
          mine === theirs || ledgerCount(mine, ledgerVersion(theirs, count)) === 'foreign',
      ),
    )
  })

  it.each([
    '',
    '-',
    '-7',
    'k3x9-',
    '07',
    '7.0',
    '1e3',
    '+7',
    ' 7',
    '7 ',
    'NaN',
    'Infinity',
    '9007199254740992',
    'K3X9-7',
    'a.b-7',
    `${'a'.repeat(33)}-7`,
    'abc',
    'k3x9--7',
  ])('%j is none', (version) => {
    expect(ledgerCount('k3x9', version)).toBeUndefined()
    expect(ledgerCount('', version)).toBeUndefined()
  })

  it('is written as number, or as epoch and number', () => {
    expect(ledgerVersion('', 7)).toBe('7')
    expect(ledgerVersion('k3x9', 7)).toBe('k3x9-7')
    expect(ledgerCount('k3x9', '7')).toBe('foreign')
    expect(ledgerCount('', 'k3x9-7')).toBe('foreign')
    expect(ledgerCount('', `${'a'.repeat(32)}-7`)).toBe('foreign')
  })
})

it('a key that was never seen reads as unknown, at the floor', () => {
  expect(unseen()).toEqual({ count: 0, existence: 'unknown', fence: 0, claim: null, settled: null })
  expect(unseen(9).count).toBe(9)
})
