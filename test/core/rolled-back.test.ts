import { describe, expect, it } from 'vitest'
import { isRolledBack, rolledBack } from '../../src/core/rolled-back.js'

describe('an error of a commit that the database undid', () => {
  it('is the same error, and says so to whoever asks', () => {
    const error = new Error('violates a constraint')
    expect(isRolledBack(error)).toBe(false)
    expect(rolledBack(error)).toBe(error)
    expect(isRolledBack(error)).toBe(true)
  })

  it('says so without a member that is listed or copied', () => {
    const error = rolledBack(Object.assign(new Error('violates a constraint'), { code: '23505' }))
    expect(Object.entries(error as object)).toEqual([['code', '23505']])
    expect(Object.getOwnPropertySymbols({ ...(error as object) })).toEqual([])
  })

  it('says it to another build of this library too', () => {
    const mark = Symbol.for('express-if-match.rolled-back')
    expect(isRolledBack(Object.assign(new Error('elsewhere'), { [mark]: true }))).toBe(true)
    expect(isRolledBack(Object.assign(new Error('elsewhere'), { [mark]: 'yes' }))).toBe(false)
  })

  it.each([undefined, null, 'thrown', 7, {}])('%s is no error, and cannot say it', (thrown) => {
    expect(rolledBack(thrown)).toBe(thrown)
    expect(isRolledBack(thrown)).toBe(false)
  })

  it('cannot be said of a frozen error, which is passed on as it is', () => {
    const frozen = Object.freeze(new Error('frozen'))
    expect(rolledBack(frozen)).toBe(frozen)
    expect(isRolledBack(frozen)).toBe(false)
  })

  it('is not asked of what is no error, whatever it says', () => {
    expect(isRolledBack({ [Symbol.for('express-if-match.rolled-back')]: true })).toBe(false)
  })
})
