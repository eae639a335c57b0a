import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Table } from '../../src/core/table.js'
import { memoryTable } from '../../src/stores/memory.js'
import { at, coded, orders, UNCONDITIONAL, type Order } from './memory-table-support.js'

describe('columns', () => {
  it.each(['total', '__proto__', 'constructor'])('%s cannot be set where others are listed', (name) => {
    const table = orders()
    const change = JSON.parse(`{"status":"lost","${name}":7}`) as Partial<Order>
    const refused = coded('ERR_COLUMN_UNKNOWN', new RegExp(`"${name}" is not one of its columns`))
    expect(() => table.update({ id: 1 }, UNCONDITIONAL, change)).toThrow(refused)
    expect(() => table.insert({ id: 3 }, change)).toThrow(refused)
    expect(table.find({ id: 1 })?.status).toBe('new')
    expect(table.find({ id: 3 })).toBeUndefined()
  })

  it('are all but id and version where none are listed', () => {
    const table = memoryTable({ id: 'slug', version: 'rev' })
    const change = { slug: 'b', rev: 70, id: 1, version: 2 }
    expect(table.columns).toEqual([])
    expect(table.insert({ slug: 'a' }, change)).toEqual({ slug: 'a', rev: 1, id: 1, version: 2 })
    expect(table.update({ slug: 'a' }, UNCONDITIONAL, change)?.['rev']).toBe(2)
    expect(table.find({ slug: 'b' })).toBeUndefined()
    expect(table.columns).toEqual(['id', 'version'])
  })

  it('do not take the id and the version of a row that is sent back as it was read', () => {
    const table = orders()
    const sent = { id: 2, version: 4, status: 'paid' }
    expect(table.update({ id: 1 }, at('4'), sent)).toEqual({ id: 1, version: 5, status: 'paid' })
    expect(table.insert({ id: 3 }, sent)).toEqual({ id: 3, version: 1, status: 'paid' })
    expect(table.find({ id: 2 })?.status).toBe('sent')
  })

  it('are named by an object, or nothing is written', () => {
    const table = orders()
    for (const [change, code] of [
      [undefined, 'ERR_BODY_NOT_PARSED'],
      [null, 'ERR_WRITE_UNSUPPORTED'],
      ['status', 'ERR_WRITE_UNSUPPORTED'],
    ])
      expect(() => table.update({ id: 1 }, UNCONDITIONAL, change as never)).toThrow(
        coded(code!, /memory table/),
      )
    expect(() => memoryTable().insert({ id: 1 }, null as never)).toThrow(
      coded('ERR_WRITE_UNSUPPORTED', /null/),
    )
    expect(table.find({ id: 1 })?.version).toBe(4)
  })

  it('called __proto__ are data, as are rows', () => {
    const table = memoryTable({ id: '__proto__' })
    const hostile = JSON.parse('{"__proto__":"__proto__"}') as Record<string, unknown>
    expect(Object.keys(table.insert(hostile, { polluted: true })!)).toEqual([
      '__proto__',
      'polluted',
      'version',
    ])
    expect(table.find(hostile)).toBeDefined()
    expect(table.find({ any: 'constructor' })).toBeUndefined()

    const open = memoryTable()
    const change = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>
    const row = open.insert({ id: '__proto__' }, change)!
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
    expect(Object.getOwnPropertyDescriptor(row, '__proto__')?.value).toEqual({ polluted: true })
    expect(open.update({ id: '__proto__' }, at('1'), change)?.['version']).toBe(2)
    expect(open.versionOf(row)).toBe('1')
    expect('polluted' in {}).toBe(false)
  })
})

describe('description', () => {
  it('tells what the edge needs', () => {
    const table = orders()
    expect(table).toMatchObject({
      name: 'memory table',
      versionColumn: 'version',
      columns: ['status', 'note'],
    })
    expect(table.versionOf({ id: 1, version: 12, status: 'new' })).toBe('12')
    expect(() => table.versionOf({ id: 1, status: 'new' } as Order)).toThrow(
      coded('ERR_VERSION_INVALID', /undefined in column "version"/),
    )
    for (const text of ['0', '1', '9007199254740991']) expect(table.isVersion(text)).toBe(true)
    for (const text of [
      '',
      '01',
      '-1',
      '1.5',
      '1e3',
      '-0',
      'NaN',
      'Infinity',
      ' 1',
      '1\n',
      '9007199254740992',
      'a',
      '٣',
    ])
      expect(table.isVersion(text)).toBe(false)
  })

  it('starts rows without a version at 1', () => {
    expect(memoryTable<Partial<Order>>({ rows: [{ id: 1 }] }).find({ id: 1 })).toEqual({ id: 1, version: 1 })
  })

  it('is a table of the row type that the rows have', () => {
    expectTypeOf(memoryTable({ rows: [{ id: 1, title: 'a' }] }).find({ id: 1 })).toEqualTypeOf<
      { id: number; title: string } | undefined
    >()
    expectTypeOf(orders()).toExtend<Table<Order, undefined>>()
  })
})

describe('options', () => {
  it.each<[object | null, string, RegExp]>([
    [{ id: '' }, 'ERR_OPTION_INVALID', /^id: ""/],
    [{ version: 1 }, 'ERR_OPTION_INVALID', /^version: 1/],
    [{ version: 'id' }, 'ERR_OPTION_INVALID', /^version: "id" .*two columns/],
    [{ columns: 'status' }, 'ERR_OPTION_INVALID', /^columns: "status"/],
    [{ columns: ['status', 3] }, 'ERR_OPTION_INVALID', /^columns: an array/],
    [{ columns: ['status', 'id'] }, 'ERR_OPTION_INVALID', /^columns: "id" .*Leave/],
    [{ columns: ['version'] }, 'ERR_OPTION_INVALID', /^columns: "version"/],
    [{ rows: {} }, 'ERR_OPTION_INVALID', /^rows: an object/],
    [{ rows: [null] }, 'ERR_OPTION_INVALID', /^rows: null/],
    [{ rows: [{ version: 1 }] }, 'ERR_OPTION_INVALID', /^rows: an object .*as "id"/],
    [{ rows: [{ id: 1, version: -1 }] }, 'ERR_OPTION_INVALID', /^rows: -1 .*"version"/],
    [{ rows: [{ id: 1 }, { id: '1' }] }, 'ERR_OPTION_INVALID', /^rows: "1" .*of its own/],
    [{ name: 'orders' }, 'ERR_OPTION_UNKNOWN', /^name: "orders" .*id, version, columns, rows/],
    [null, 'ERR_OPTION_INVALID', /^memoryTable options: null/],
  ])('%j: %s', (options, code, message) => {
    expect(() => memoryTable(options as never)).toThrow(coded(code, message))
  })
})
