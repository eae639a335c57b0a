import { describe, expect, it, vi } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'
import { memoryTable } from '../../src/stores/memory.js'
import { at, coded, orders, UNCONDITIONAL, type Order } from './memory-table-support.js'

describe('rows', () => {
  it('are found by the identity, whether a path gave a text or a number', () => {
    const table = orders()
    expect(table.find({ id: 1 })).toEqual({ id: 1, version: 4, status: 'new' })
    expect(table.find({ id: '1' })).toEqual(table.find({ id: 1 }))
    expect(table.find({ id: 1n })).toEqual(table.find({ id: 1 }))
    expect(table.find({ id: '01' })).toBeUndefined()
    expect(table.find({ id: 3 })).toBeUndefined()
  })

  it('are found by the only part of the key, whatever it is called', () => {
    expect(orders().find({ orderId: 2 })?.status).toBe('sent')
    expect(() => orders().find({ tenant: 'a', orderId: 2 })).toThrow(
      coded('ERR_KEY_MISMATCH', /no part that is called "id", but "tenant, orderId"/),
    )
    expect(() => orders().find({})).toThrow(coded('ERR_KEY_MISMATCH', /"id"/))
  })

  it.each([null, undefined, {}, true, NaN, Infinity])('%s is no id', (id) => {
    expect(() => orders().find({ id })).toThrow(coded('ERR_KEY_INVALID', /cannot be the id of a row/))
  })

  it('change with the version that is expected, which moves on by one', () => {
    const table = orders()
    const updated = table.update({ id: 1 }, at('3', '4'), { status: 'paid' })
    expect(updated).toEqual({ id: 1, version: 5, status: 'paid' })
    expect(table.find({ id: 1 })).toEqual(updated)
    expect(table.update({ id: 1 }, at('4'), { status: 'lost' })).toBeUndefined()
    expect(table.update({ id: 1 }, UNCONDITIONAL, {})).toEqual({ id: 1, version: 6, status: 'paid' })
  })

  it.each<[string, Expectation]>([
    ['absent', { kind: 'absent', source: 'if-none-match' }],
    ['none of the current', { kind: 'none-of', versions: ['4'], source: 'if-none-match' }],
    ['another version', at('40')],
    ['exists, and another version', { kind: 'all', of: [{ kind: 'exists', source: 'if-match' }, at('3')] }],
  ])('stay as they are where what is expected does not hold: %s', (_, expected) => {
    const table = orders()
    expect(table.update({ id: 1 }, expected, { status: 'lost' })).toBeUndefined()
    expect(table.delete({ id: 1 }, expected)).toBeUndefined()
    expect(table.find({ id: 1 })).toEqual({ id: 1, version: 4, status: 'new' })
  })

  it('that are missing match nothing', () => {
    const table = orders()
    for (const expected of [UNCONDITIONAL, at('0'), { kind: 'absent', source: 'body' } as const]) {
      expect(table.update({ id: 3 }, expected, { status: 'lost' })).toBeUndefined()
      expect(table.delete({ id: 3 }, expected)).toBeUndefined()
    }
    expect(table.find({ id: 3 })).toBeUndefined()
  })

  it('are inserted once', () => {
    const table = orders()
    expect(table.insert({ id: 3 }, { status: 'new' })).toEqual({ id: 3, version: 1, status: 'new' })
    expect(table.insert({ id: 3 }, { status: 'again' })).toBeUndefined()
    expect(table.insert({ id: '3' }, { status: 'again' })).toBeUndefined()
    expect(table.find({ id: 3 })?.status).toBe('new')
  })

  it('go on above their version when they are created again', () => {
    const table = orders()
    table.update({ id: 1 }, at('4'), { status: 'paid' })
    expect(table.delete({ id: 1 }, at('5'))).toEqual({ id: 1, version: 5, status: 'paid' })
    expect(table.find({ id: 1 })).toBeUndefined()
    expect(table.update({ id: 1 }, at('5'), { status: 'lost' })).toBeUndefined()
    expect(table.insert({ id: 1 }, { status: 'new' })?.version).toBe(6)
    expect(table.update({ id: 1 }, at('5'), { status: 'lost' })).toBeUndefined()
  })

  it('share nothing with what callers hold', () => {
    const given: Order = { id: 1, version: 1, status: 'new', note: { text: 'as given' } }
    const table = memoryTable({ rows: [given] })
    const change = { note: { text: 'as changed' } }
    given.note!.text = 'spoiled'
    expect(table.find({ id: 1 })?.note?.text).toBe('as given')
    const updated = table.update({ id: 1 }, UNCONDITIONAL, change)!
    change.note.text = 'spoiled'
    updated.note!.text = 'spoiled'
    updated.version = 77
    expect(table.find({ id: 1 })).toEqual({ id: 1, version: 2, status: 'new', note: { text: 'as changed' } })
    table.find({ id: 1 })!.note!.text = 'spoiled'
    expect(table.delete({ id: 1 }, at('2'))?.note?.text).toBe('as changed')
  })
})

describe('transaction', () => {
  it('keeps everything that its work wrote, and hands over its result', () => {
    const table = orders()
    const result = table.transaction((steps, client) => {
      expect(client).toBeUndefined()
      steps.update({ id: 1 }, at('4'), { status: 'paid' })
      steps.insert({ id: 3 }, { status: 'new' })
      return steps.find({ id: 1 })?.version
    })
    expect(result).toBe(5)
    expect(table.find({ id: 3 })).toBeDefined()
  })

  it('keeps nothing when its work throws', () => {
    const table = orders()
    const work = (): void =>
      table.transaction((steps) => {
        steps.update({ id: 1 }, UNCONDITIONAL, { status: 'lost' })
        steps.delete({ id: 2 }, UNCONDITIONAL)
        steps.insert({ id: 3 }, { status: 'lost' })
        throw new Error('changed my mind')
      })
    expect(work).toThrow('changed my mind')
    expect(table.find({ id: 1 })).toEqual({ id: 1, version: 4, status: 'new' })
    expect(table.find({ id: 2 })).toBeDefined()
    expect(table.find({ id: 3 })).toBeUndefined()
  })

  it('undoes asynchronous work, and stops it from writing later', async () => {
    const table = orders()
    let late: Promise<unknown> = Promise.resolve()
    const start = (): unknown =>
      table.transaction((steps) => {
        steps.update({ id: 1 }, UNCONDITIONAL, { status: 'lost' })
        late = Promise.resolve().then(() => steps.delete({ id: 2 }, UNCONDITIONAL))
        return late
      })
    expect(start).toThrow(coded('ERR_TRANSACTION_ASYNC', /gave back a promise/))
    await expect(late).rejects.toEqual(coded('ERR_TRANSACTION_ASYNC', /has ended/))
    expect(table.find({ id: 1 })?.status).toBe('new')
    expect(table.find({ id: 2 })).toBeDefined()
  })

  it('leaves no rejection unheard when it refuses asynchronous work', async () => {
    const work = (): Promise<never> => Promise.reject(new Error('unheard'))
    expect(() => orders().transaction(work)).toThrow(coded('ERR_TRANSACTION_ASYNC', /promise/))
    // the runner fails the run if this turn of the event loop ends with one
    await new Promise(setImmediate)
  })

  it('does not start a query that waits for its `then`', () => {
    const then = vi.fn()
    expect(() => orders().transaction(() => ({ then }) as unknown as Promise<void>)).toThrow(
      coded('ERR_TRANSACTION_ASYNC', /promise/),
    )
    expect(then).not.toHaveBeenCalled()
  })

  it('nests: what fails inside does not undo what stands outside', () => {
    const table = orders()
    table.transaction((outer) => {
      outer.update({ id: 1 }, UNCONDITIONAL, { status: 'paid' })
      expect(() =>
        table.transaction((inner) => {
          inner.update({ id: 1 }, UNCONDITIONAL, { status: 'lost' })
          throw new Error('inside')
        }),
      ).toThrow('inside')
    })
    expect(table.find({ id: 1 })).toEqual({ id: 1, version: 5, status: 'paid' })
  })
})
