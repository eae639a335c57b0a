import { describe, expect, it } from 'vitest'
import { pickColumns } from '../../src/core/columns.js'

const rules = { table: 'sqlite table orders', columns: ['status', 'note'], id: ['id'], version: 'version' }

const pair = (column: string, value: unknown) => [column, value]

describe('the columns of a change', () => {
  it('are the listed ones; the id and the version may come along', () => {
    expect(pickColumns({ id: 1, status: 'paid', version: 7, note: null }, rules, pair)).toEqual([
      ['status', 'paid'],
      ['note', null],
    ])
  })

  it('are none for an empty change, and undefined is no value', () => {
    expect(pickColumns({}, rules, pair)).toEqual([])
    expect(pickColumns({ status: undefined, note: 'x' }, rules, pair)).toEqual([['note', 'x']])
  })

  it.each(['owner', 'STATUS', '__proto__', 'constructor', 'status" = 1 --'])('refuse %s by name', (name) => {
    const change: unknown = JSON.parse(`{${JSON.stringify(name)}: {"admin": true}}`)
    expect(() => pickColumns(change, rules, pair)).toThrow(
      expect.objectContaining({
        code: 'ERR_COLUMN_UNKNOWN',
        message: expect.stringContaining(JSON.stringify(name)),
      }),
    )
  })

  it('do not come from a prototype', () => {
    expect(pickColumns(Object.create({ status: 'inherited', owner: 1 }), rules, pair)).toEqual([])
  })

  it('say which middleware is missing where there is no body', () => {
    expect(() => pickColumns(undefined, rules, pair)).toThrow(
      expect.objectContaining({
        code: 'ERR_BODY_NOT_PARSED',
        message: expect.stringContaining('express.json()'),
      }),
    )
  })

  it.each([null, 'status', 7, true, [['status', 'paid']]])('are not found in %j', (change) => {
    expect(() => pickColumns(change, rules, pair)).toThrow(
      expect.objectContaining({ code: 'ERR_WRITE_UNSUPPORTED' }),
    )
  })
})
