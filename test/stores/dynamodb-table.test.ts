import { describe, expect, it } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'
import { dynamodbTable, type DynamodbTableOptions } from '../../src/stores/dynamodb.js'
import { startDynamodb } from './dynamodb-server.js'

interface Article {
  id: string
  version: unknown
  title?: unknown
  note?: unknown
  owner?: string
  gone?: string | null
}

const dynamodb = await startDynamodb()
const name = await dynamodb.table(['id', 'S'])
let ids = 0
const newId = () => `article-${++ids}`

const NO_MATTER: Expectation = { kind: 'unconditional' }
const oneOf = (...versions: string[]): Expectation => {
  return { kind: 'one-of', versions, weak: false, source: 'if-match' }
}
const noneOf = (...versions: string[]): Expectation => ({
  kind: 'none-of',
  versions,
  source: 'if-none-match',
})
const coded = (code: string, text = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })

function open(
  options: Partial<DynamodbTableOptions<Article>> = {},
  connect?: Parameters<typeof dynamodb.connect>[0],
) {
  const { document, requests } = dynamodb.connect(connect)
  const table = dynamodbTable<Article>(document, { name, columns: ['title', 'note'], ...options })
  const put = async (item: Partial<Article> = {}) => {
    const made = { id: newId(), version: 5, title: 'one', ...item }
    await document.put({ TableName: name, Item: made })
    requests.splice(0)
    return made
  }
  const asked = () => requests.splice(0).map((request) => request.name)
  return { table, document, requests, put, asked }
}

describe('dynamodbTable: requests', () => {
  it('makes one for each write, and one to read', async () => {
    const { table, put, asked, requests } = open()
    const { id } = await put()
    expect(await table.update({ id }, oneOf('5'), { title: 'two' })).toEqual({ id, version: 6, title: 'two' })
    expect(asked()).toEqual(['UpdateItem'])
    expect(await table.find({ id })).toEqual({ id, version: 6, title: 'two' })
    expect(requests[0]?.input.ConsistentRead).toBe(true)
    expect(asked()).toEqual(['GetItem'])
    expect(await table.update({ id }, oneOf('5'), { title: 'lost' })).toBeUndefined()
    expect(asked()).toEqual(['UpdateItem'])
    expect(await table.insert({ id }, { title: 'again' })).toBeUndefined()
    expect(asked()).toEqual(['UpdateItem'])
    expect(await table.delete({ id }, oneOf('6'))).toEqual({ id, version: 6, title: 'two' })
    expect(asked()).toEqual(['DeleteItem'])
    expect(await table.insert({ id }, { title: 'anew' })).toMatchObject({ id, title: 'anew' })
    expect(asked()).toEqual(['UpdateItem'])
  })

  it('makes none for what no item can meet', async () => {
    const { table, put, asked } = open()
    const { id } = await put()
    const never: Expectation[] = [
      { kind: 'absent', source: 'if-none-match' },
      oneOf(),
      oneOf('05', '5.0', 'five', '9223372036854775808'),
      { kind: 'all', of: [oneOf('5'), oneOf('x')] },
    ]
    for (const expected of never) {
      expect(await table.update({ id }, expected, { title: 'lost' })).toBeUndefined()
      expect(await table.delete({ id }, expected)).toBeUndefined()
    }
    expect(asked()).toEqual([])
  })

  it('sends names and values apart from the expressions', async () => {
    const { table, put, requests } = open()
    const { id } = await put()
    await table.update(
      { id },
      { kind: 'all', of: [oneOf('5', '6'), noneOf('7')] },
      { title: "'; DROP", note: null },
    )
    const { input } = requests[0]!
    expect(input.UpdateExpression).toMatch(/^[#:0-9A-Za-z_ =+,()]*$/)
    expect(`${String(input.UpdateExpression)} ${String(input.ConditionExpression)}`).not.toMatch(
      /title|DROP|version/,
    )
  })
})

describe('dynamodbTable: many versions', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => String(1000 + index))

  it.each([
    [100, 1],
    [101, 1],
    [199, 1],
    [200, 2],
    [1023, 2],
  ])('compares one of %i others and the current one, in %i request(s)', async (count, expected) => {
    const { table, put, asked, requests } = open()
    const { id } = await put()
    const versions = [...many(count), '5']
    expect(await table.update({ id }, oneOf(...many(count)), { title: 'lost' })).toBeUndefined()
    expect(await table.update({ id }, noneOf(...versions), { title: 'lost' })).toBeUndefined()
    expect(await table.delete({ id }, noneOf(...versions))).toBeUndefined()
    requests.splice(0)
    expect(await table.update({ id }, oneOf(...versions), { title: 'two' })).toMatchObject({ version: 6 })
    for (const { input } of requests) {
      const condition = typeof input.ConditionExpression === 'string' ? input.ConditionExpression : ''
      expect(condition.length).toBeLessThan(4096)
      for (const [, operands = ''] of condition.matchAll(/ IN \(([^)]*)\)/g))
        expect(operands.split(',').length).toBeLessThanOrEqual(100)
    }
    expect(asked()).toHaveLength(expected)
    expect(await table.update({ id }, noneOf(...versions), { title: 'three' })).toMatchObject({ version: 7 })
    requests.splice(0)
    expect(await table.delete({ id: newId() }, oneOf(...versions))).toBeUndefined()
    expect(await table.delete({ id }, oneOf(...versions, '7'))).toMatchObject({ title: 'three' })
  })

  it('names a version once that was named often', async () => {
    const { table, put, requests } = open()
    const { id } = await put()
    await table.update({ id }, oneOf(...Array<string>(150).fill('5')), { title: 'two' })
    expect(requests[0]?.input.ConditionExpression).not.toContain('IN')
  })
})

describe('dynamodbTable: versions', () => {
  it.each([
    ['as the client gives them', undefined],
    ['wrapped', { unmarshallOptions: { wrapNumbers: true } }],
    ['as bigint', { unmarshallOptions: { wrapNumbers: (text: string) => BigInt(text) } }],
  ])('counts past 2^53, with numbers %s', async (_, translate) => {
    const { table, put } = open({}, translate && { translate })
    const { id } = await put({ version: 2n ** 53n + 1n })
    const version = '9007199254740993'
    expect(table.versionOf((await table.find({ id }))!)).toBe(version)
    for (const near of ['9007199254740992', '9007199254740994'])
      expect(await table.update({ id }, oneOf(near), { title: 'lost' })).toBeUndefined()
    const next = (await table.update({ id }, oneOf(version), { title: 'two' }))!
    expect(table.versionOf(next)).toBe('9007199254740994')
    expect(table.versionOf((await table.delete({ id }, oneOf('1', '9007199254740994')))!)).toBe(
      '9007199254740994',
    )
    const largest = await put({ version: 2n ** 63n - 1n })
    expect(table.versionOf((await table.find(largest))!)).toBe('9223372036854775807')
  })

  it.each([
    ['none', {}],
    ['null', { version: null }],
    ['a text', { version: '5' }],
    ['a part', { version: 1.5 }],
    ['a negative one', { version: -1 }],
    ['a list', { version: [5] }],
    ['a map that pretends', { version: { toString: '5', value: '5' } }],
    ['one beyond 64 bits', { version: 2n ** 63n }],
  ])('says of an item with %s that it has no version', async (_, item) => {
    const { table, document } = open()
    const id = newId()
    await document.put({ TableName: name, Item: { id, ...item } })
    const found = (await table.find({ id }))!
    expect(() => table.versionOf(found)).toThrow(coded('ERR_VERSION_INVALID', '"version"'))
    if (typeof (item as { version?: unknown }).version === 'number') return
    if (typeof (item as { version?: unknown }).version === 'bigint') return
    expect(await table.update({ id }, NO_MATTER, { title: 'x' })).toBeUndefined()
    expect(await table.delete({ id }, NO_MATTER)).toBeUndefined()
  })

  it('has uuids too, in one spelling', async () => {
    const { table, put } = open({ versionType: 'uuid' })
    const version = 'a4f6cfc6-3bd8-4bb8-9f3a-0b0f2d0a7f6e'
    const { id } = await put({ version })
    expect(await table.update({ id }, oneOf(version.toUpperCase()), {})).toBeUndefined()
    const next = (await table.update({ id }, oneOf('5', version), { title: 'two' }))!
    expect(table.isVersion(table.versionOf(next))).toBe(true)
    expect(next.version).not.toBe(version)
    expect(await table.update({ id }, oneOf(version), {})).toBeUndefined()
    const loud = await put({ version: version.toUpperCase() })
    expect(() => table.versionOf(loud as Article)).toThrow(coded('ERR_VERSION_INVALID', 'lower case'))
  })

  it('never gives a later life of an id a version of an earlier one', async () => {
    const { table } = open()
    const id = newId()
    const seen = new Set<string>()
    for (let life = 0; life < 20; life++) {
      const rows = [await table.insert({ id }, {}), await table.update({ id }, NO_MATTER, {})]
      for (const row of rows) seen.add(table.versionOf(row!))
      await table.delete({ id }, NO_MATTER)
    }
    expect(seen.size).toBe(40)
  })

  it('begins where `start` says', async () => {
    for (const start of [0, 100]) {
      const { table } = open({ start: () => start })
      expect(await table.insert({ id: newId() }, {})).toMatchObject({ version: start })
    }
    const { table } = open({ start: () => 1.5 })
    await expect(table.insert({ id: newId() }, {})).rejects.toEqual(coded('ERR_OPTION_INVALID', 'start()'))
  })
})
