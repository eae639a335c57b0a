import { describe, expect, it } from 'vitest'
import { chain, isPromise } from '../../src/core/promise.js'

describe('what may have to be waited for', () => {
  it('is told by its then', () => {
    expect(isPromise(Promise.resolve(1))).toBe(true)
    expect(isPromise({ then: () => {} } as unknown as Promise<number>)).toBe(true)
    for (const value of [1, null, undefined, {}, { then: 1 }]) expect(isPromise(value)).toBe(false)
  })

  it('goes on at once where it can', async () => {
    expect(chain(1, (value) => value + 1)).toBe(2)
    await expect(chain(Promise.resolve(1), (value) => value + 1)).resolves.toBe(2)
    await expect(chain(1, (value) => Promise.resolve(value + 1))).resolves.toBe(2)
  })
})
