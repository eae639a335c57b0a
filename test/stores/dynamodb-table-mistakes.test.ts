import { describe, expect, it } from 'vitest'
import type { Expectation } from '../../src/core/expectation.js'
import { dynamodbTable, type DynamodbTableOptions } from '../../src/stores/dynamodb.js'
import { startDynamodb } from './dynamodb-server.js'

type Item = Record<string, unknown>

const dynamodb = await startDynamodb()
const name = await dynamodb.table(['id', 'S'])
const NO_MATTER: Expectation = { kind: 'unconditional' }
const coded = (code: string, text = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })

function open(options: Partial<DynamodbTableOptions<Item>> = {}) {
  const { document } = dynamodb.connect()
  return { table: dynamodbTable<Item>(document, { name, columns: ['title', 'note'], ...options }) }
}

describe('dynamodbTable: mistakes', () => {
  it('says what does not fit the table', async () => {
    const numbers = await dynamodb.table(['id', 'N'])
    for (const options of [
      { name: 'no-such-table' },
      { name: numbers },
      { id: 'key' },
      { id: ['id', 'sort'] },
    ]) {
      const { table } = open(options)
      const identity = { id: 'a', key: 'a', sort: 'b' }
      const schema = coded('ERR_STORE_SCHEMA', 'dynamodb table')
      await expect(table.find(identity)).rejects.toEqual(schema)
      await expect(table.update(identity, NO_MATTER, {})).rejects.toEqual(schema)
      await expect(table.insert(identity, {})).rejects.toEqual(schema)
      await expect(table.delete(identity, NO_MATTER)).rejects.toEqual(schema)
    }
  })

  it.each([
    [{ name: 'a' }, 'name'],
    [{ name: 'articles"; DROP TABLE articles' }, 'name'],
    [{ name: '__proto__' }, 'name'],
    [{ id: [] }, 'id'],
    [{ id: ['a', 'b', 'c'] }, 'id'],
    [{ id: ['a', 'a'] }, 'id'],
    [{ id: '__proto__' }, 'id'],
    [{ id: '' }, 'id'],
    [{ version: '__proto__' }, 'version'],
    [{ version: 'id' }, 'version'],
    [{ versionType: 'timestamp' }, 'versionType'],
    [{ versionType: { timestamp: 3 } }, 'versionType'],
    [{ columns: undefined }, 'columns'],
    [{ columns: 'title' }, 'columns'],
    [{ columns: ['__proto__'] }, 'columns'],
    [{ columns: [7] }, 'columns'],
    [{ columns: ['id'] }, 'columns'],
    [{ columns: ['version'] }, 'columns'],
    [{ columns: ['gone'], deleted: 'gone' }, 'columns'],
    [{ deleted: '' }, 'deleted'],
    [{ deleted: 'id' }, 'deleted'],
    [{ start: 5 }, 'start'],
  ])('refuses %j', (options, option) => {
    expect(() => open(options as never)).toThrow(coded('ERR_OPTION_INVALID', `${option}: `))
  })

  it('refuses an option that it does not know, and a client that is none', () => {
    expect(() => open({ table: 'x' } as never)).toThrow(coded('ERR_OPTION_UNKNOWN', 'versionType'))
    const make = () => dynamodbTable({ send() {} } as never, { name, columns: [] })
    expect(make).toThrow(coded('ERR_OPTION_INVALID', 'DynamoDBDocument.from'))
  })

  it('takes part in no transaction, and says what it promises', () => {
    const { table } = open()
    expect('transaction' in table).toBe(false)
    expect(table.promises).toMatchObject({ durable: 'yes', clock: 'none', transaction: false })
    expect([table.name, table.versionColumn, table.columns]).toEqual([
      `dynamodb table ${name}`,
      'version',
      ['title', 'note'],
    ])
  })
})
