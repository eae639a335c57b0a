import { describe, expect, it } from 'vitest'
import { NumberValue } from '@aws-sdk/lib-dynamodb'
import type { Expectation } from '../../src/core/expectation.js'
import { dynamodbTable, type DynamodbTableOptions } from '../../src/stores/dynamodb.js'
import { startDynamodb } from './dynamodb-server.js'

type Item = Record<string, unknown>

const dynamodb = await startDynamodb()
const name = await dynamodb.table(['id', 'S'])
let ids = 0
const newId = () => `article-${++ids}`
const NO_MATTER: Expectation = { kind: 'unconditional' }
const coded = (code: string, text = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })

function open(options: Partial<DynamodbTableOptions<Item>> = {}) {
  const { document } = dynamodb.connect()
  return { document, table: dynamodbTable<Item>(document, { name, columns: ['title', 'note'], ...options }) }
}

describe('dynamodbTable: what can be set', () => {
  it('never sets what is not listed, nor the id, nor the version', async () => {
    const { table } = open({ start: () => 100 })
    const id = newId()
    await expect(table.insert({ id }, { title: 'x', owner: 'mallory' })).rejects.toEqual(
      coded('ERR_COLUMN_UNKNOWN', '"owner"'),
    )
    expect(await table.insert({ id }, { id: 'other', version: 7, title: 'x' })).toEqual({
      id,
      version: 100,
      title: 'x',
    })
    await expect(table.update({ id }, NO_MATTER, { owner: 'mallory' })).rejects.toEqual(
      coded('ERR_COLUMN_UNKNOWN', '"owner"'),
    )
    await expect(table.update({ id }, NO_MATTER, undefined as never)).rejects.toEqual(
      coded('ERR_BODY_NOT_PARSED'),
    )
    const change = { id: 'other', version: 7, title: undefined }
    expect(await table.update({ id }, NO_MATTER, change)).toEqual({ id, version: 101, title: 'x' })
  })

  it.each(['size', 'a.b[0]', "'; DROP TABLE x", '#0', ':0', 'constructor', 'ключ 🔑', ' ', 'null'])(
    'takes %j for the name of a column, a version or an id',
    async (hostile) => {
      const { table } = open({ columns: [hostile] })
      const id = newId()
      expect(await table.insert({ id }, { [hostile]: 1 })).toMatchObject({ id, [hostile]: 1 })
      expect(await table.update({ id }, NO_MATTER, { [hostile]: 2 })).toMatchObject({ [hostile]: 2 })
      const versioned = open({ version: hostile, start: () => 7 }).table
      const other = newId()
      expect(await versioned.insert({ id: other }, { title: 'x' })).toEqual({
        id: other,
        [hostile]: 7,
        title: 'x',
      })
      const expected: Expectation = { kind: 'one-of', versions: ['7'], weak: false, source: 'if-match' }
      expect(await versioned.update({ id: other }, expected, {})).toMatchObject({ [hostile]: 8 })
      const keyed = open({ name: await dynamodb.table([hostile, 'S']), id: hostile }).table
      expect(await keyed.insert({ [hostile]: 'a' }, { title: 'x' })).toMatchObject({
        [hostile]: 'a',
        title: 'x',
      })
      expect(await keyed.find({ id: 'a' })).toMatchObject({ [hostile]: 'a' })
      expect(await keyed.delete({ [hostile]: 'a' }, NO_MATTER)).toMatchObject({ title: 'x' })
    },
  )

  it('keeps every value that DynamoDB has a type for', async () => {
    const { table } = open()
    const date = new Date('2026-01-31T12:00:00.000Z')
    for (const [given, stored] of [
      ['', ''],
      [0, 0],
      [-1.5, -1.5],
      [2n ** 60n, 2n ** 60n],
      [true, true],
      [null, null],
      [date, date.toISOString()],
      [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
      [new Set(['a', 'b']), new Set(['a', 'b'])],
      [new Set([1, 2]), new Set([1, 2])],
      [NumberValue.from('12345678901234567890'), 12345678901234567890n],
      [
        { a: [{ b: date }, null], c: undefined, d: { constructor: { name: 'Set' } } },
        { a: [{ b: date.toISOString() }, null], d: { constructor: { name: 'Set' } } },
      ],
    ]) {
      const row = await table.insert({ id: newId() }, { title: given })
      expect(row?.title).toEqual(stored)
    }
  })

  it('refuses what would be stored as something else, before it asks the server', async () => {
    const { table } = open()
    const id = newId()
    const deep = (levels: number): unknown => {
      let value: unknown = 1
      for (let level = 0; level < levels; level++) value = [value]
      return value
    }
    class Money {
      amount = 1
    }
    for (const value of [
      Number.NaN,
      Infinity,
      2 ** 53,
      1e-200,
      10n ** 38n,
      new Date(Number.NaN),
      new Set(),
      new Set(['a', 1]),
      new Set([{}]),
      new Map([['a', 1]]),
      new Money(),
      () => 1,
      Symbol('a'),
      [undefined],
      Array(2),
      { a: { b: Number.NaN } },
      JSON.parse('{"a": {"__proto__": {"x": 1}}}'),
      deep(33),
      deep(10_000),
    ]) {
      await expect(table.insert({ id }, { title: value })).rejects.toEqual(
        coded('ERR_WRITE_UNSUPPORTED', 'column "title"'),
      )
    }
    expect(await table.find({ id })).toBeUndefined()
    expect(await table.insert({ id }, { title: deep(31) })).toBeDefined()
  })
})

describe('dynamodbTable: ids', () => {
  it('has composite ones, a partition and a sort key', async () => {
    const place = await dynamodb.table(['tenant', 'S'], ['number', 'N'])
    const { table } = open({ name: place, id: ['tenant', 'number'] })
    const one = { tenant: 'a', number: 1 }
    expect(await table.insert(one, { title: 'a1' })).toMatchObject({ ...one, title: 'a1' })
    expect(await table.insert({ tenant: 'a', number: 2 }, { title: 'a2' })).toMatchObject({ title: 'a2' })
    expect(await table.insert({ tenant: 'b', number: 1n }, { title: 'b1' })).toMatchObject({ title: 'b1' })
    expect(await table.insert(one, { title: 'again' })).toBeUndefined()
    expect(await table.update(one, NO_MATTER, { title: 'A1' })).toMatchObject({ title: 'A1' })
    expect(await table.delete({ tenant: 'a', number: 2 }, NO_MATTER)).toMatchObject({ title: 'a2' })
    expect(await table.find(one)).toMatchObject({ title: 'A1' })
    expect(await table.find({ tenant: 'b', number: 1 })).toMatchObject({ title: 'b1' })
    for (const lacking of [{ tenant: 'a' }, { number: 1 }, { id: 'a' }])
      await expect(table.find(lacking)).rejects.toEqual(coded('ERR_KEY_MISMATCH'))
  })

  it('finds nothing under an id that no item can have, and makes none', async () => {
    const { table } = open()
    const sorted = open({ name: await dynamodb.table(['a', 'S'], ['b', 'S']), id: ['a', 'b'] }).table
    const long = 'é'.repeat(512)
    expect(await sorted.insert({ a: long + long, b: long }, { title: 'x' })).toBeDefined()
    for (const [place, identity] of [
      [table, { id: '' }],
      [table, { id: 'x'.repeat(2049) }],
      [table, { id: 'a\ud800' }],
      [sorted, { a: 'a', b: `${long}x` }],
      [sorted, { a: 'a', b: '' }],
    ] as const) {
      expect(await place.find(identity)).toBeUndefined()
      expect(await place.update(identity, NO_MATTER, { title: 'x' })).toBeUndefined()
      expect(await place.delete(identity, NO_MATTER)).toBeUndefined()
      await expect(place.insert(identity, { title: 'x' })).rejects.toEqual(
        coded('ERR_KEY_MISMATCH', '2048 bytes'),
      )
    }
  })

  it('takes texts and numbers only', async () => {
    const { table } = open()
    for (const id of [undefined, null, {}, ['a'], true, Number.NaN, 2 ** 53, 10n ** 38n, new Date()])
      await expect(table.find({ id })).rejects.toEqual(coded('ERR_KEY_MISMATCH', '"id"'))
  })
})

describe('dynamodbTable: deleted items that are kept', () => {
  it('is not there for anybody, and comes back under a further version', async () => {
    const { table, document } = open({ deleted: 'gone', start: () => 10 })
    const id = newId()
    await document.put({
      TableName: name,
      Item: { id, version: 5, title: 'a', note: 'n', owner: 'o', gone: null },
    })
    const expected: Expectation = { kind: 'one-of', versions: ['5'], weak: false, source: 'if-match' }
    expect(await table.find({ id })).toMatchObject({ version: 5, gone: null })
    expect(await table.insert({ id }, { title: 'again' })).toBeUndefined()
    expect(await table.delete({ id }, expected)).toMatchObject({ version: 5, title: 'a', gone: null })
    const { Item } = await document.get({ TableName: name, Key: { id } })
    expect(Item).toMatchObject({ version: 6, title: 'a', gone: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(await table.find({ id })).toBeUndefined()
    expect(await table.update({ id }, NO_MATTER, { title: 'x' })).toBeUndefined()
    expect(await table.delete({ id }, NO_MATTER)).toBeUndefined()
    // the columns are those of the new life, whatever else the item has stays
    expect(await table.insert({ id }, { title: 'b' })).toEqual({ id, version: 7, title: 'b', owner: 'o' })
    expect(await table.find({ id })).toMatchObject({ title: 'b' })
    expect(await table.insert({ id: newId() }, { title: 'c' })).toMatchObject({ version: 10, title: 'c' })
  })

  it('does not come back where nothing can be counted on', async () => {
    const { table, document } = open({ deleted: 'gone' })
    for (const version of [{}, { version: 'x' }]) {
      const id = newId()
      await document.put({ TableName: name, Item: { id, gone: '2026-01-31T12:00:00.000Z', ...version } })
      expect(await table.insert({ id }, { title: 'b' })).toBeUndefined()
      expect(await table.find({ id })).toBeUndefined()
    }
  })
})
