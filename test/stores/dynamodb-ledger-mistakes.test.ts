import { describe, expect, it } from 'vitest'
import { claim, swapFrom, swapTo } from '../../src/core/machine.js'
import { unseen } from '../../src/core/record.js'
import { dynamodbLedger, dynamodbLedgerSchema } from '../../src/stores/dynamodb.js'
import type { DynamodbLedgerOptions } from '../../src/stores/dynamodb.js'
import { methodsOf, startDynamodb, type Wire } from './dynamodb-server.js'

const dynamodb = await startDynamodb()
const table = await dynamodb.table(['key', 'S'])
let keys = 0
const newKey = () => `articles/${++keys}`
const swap = { from: swapFrom(unseen()), to: swapTo(unseen(), claim(unseen(), 't1', 30_000)!) }
const coded = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })

function open(wire?: Wire) {
  const { document } = dynamodb.connect(wire && { wire })
  return { document, ledger: dynamodbLedger(document, { table }) }
}

describe('dynamodbLedger: mistakes', () => {
  it('names the schema where the table is missing, or has another key', async () => {
    const other = await dynamodb.table(['id', 'S'])
    for (const place of ['no-such-table', other]) {
      const ledger = dynamodbLedger(dynamodb.connect().document, { table: place })
      const schema = coded('ERR_STORE_SCHEMA', JSON.stringify(dynamodbLedgerSchema(place), null, 2))
      await expect(ledger.get('k')).rejects.toEqual(schema)
      await expect(ledger.getMany(['k'])).rejects.toEqual(schema)
      await expect(ledger.compareAndSwap('k', swap)).rejects.toEqual(schema)
    }
  })

  it.each([
    ['nothing of a record', {}],
    ['a count as a text', { count: '1' }],
    ['a count below 0', { count: -1 }],
    ['no whole count', { count: 1.5 }],
    ['a count beyond 2^53', { count: 2n ** 60n }],
    ['a count that is a list', { count: [] }],
    ['another existence', { existence: 'perhaps' }],
    ['a token that is no text', { token: 7 }],
    ['a beat without a token', { beat: 1 }],
    ['a doubt that is none', { token: 't', doubtful: 'yes' }],
  ])('takes no item for a record that has %s', async (_, wrong) => {
    const { ledger, document } = open()
    const key = newKey()
    const right = { count: 1, existence: 'present', fence: 0, beat: 0, lease: 0, doubtful: false }
    const item = Object.keys(wrong).length === 0 ? {} : { ...right, ...wrong }
    await document.put({ TableName: table, Item: { key, ...item } })
    await expect(ledger.get(key)).rejects.toEqual(coded('ERR_STORE_SCHEMA', key))
    await expect(ledger.getMany([key])).rejects.toEqual(coded('ERR_STORE_SCHEMA', key))
    await expect(ledger.compareAndSwap(key, swap)).rejects.toEqual(coded('ERR_STORE_SCHEMA', key))
  })

  it('says where the numbers of a client are texts', async () => {
    const wrapNumbers = (text: string) => text
    const { document } = dynamodb.connect({ translate: { unmarshallOptions: { wrapNumbers } } })
    const ledger = dynamodbLedger(document, { table })
    await expect(ledger.compareAndSwap(newKey(), swap)).rejects.toEqual(
      coded('ERR_STORE_SCHEMA', '"0" under "count", where a number belongs'),
    )
  })

  it('passes on what else the server says', async () => {
    const { ledger } = open(async () => {
      throw Object.assign(new Error('not you'), { name: 'AccessDeniedException' })
    })
    await expect(ledger.get('k')).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  it('refuses clients that are no DynamoDBDocument, and says how to make one', () => {
    const { document } = dynamodb.connect()
    const bare = { send: document.send.bind(document) }
    const outdated = { ...methodsOf(document), createSet: () => undefined }
    for (const client of [bare, outdated, undefined, null, {}, 'dynamodb', { get() {}, update() {} }]) {
      expect(() => dynamodbLedger(client as never)).toThrow(
        coded('ERR_OPTION_INVALID', 'DynamoDBDocument.from(new DynamoDBClient({}))'),
      )
    }
  })

  it('says so where a client does not answer with what was written', async () => {
    const mute = { ...methodsOf(dynamodb.connect().document), update: async () => ({}) }
    await expect(dynamodbLedger(mute, { table }).compareAndSwap('k', swap)).rejects.toEqual(
      coded('ERR_STORE_SCHEMA', 'DynamoDBDocument.from'),
    )
  })

  it.each([
    [{ table: 'ab' }, 'table'],
    [{ table: '' }, 'table'],
    [{ table: '__proto__' }, 'table'],
    [{ table: 'articles"; DROP TABLE articles' }, 'table'],
    [{ table: 'articles\n' }, 'table'],
    [{ table: 7 }, 'table'],
    [{ partitionKey: '' }, 'partitionKey'],
    [{ partitionKey: '__proto__' }, 'partitionKey'],
    [{ partitionKey: 'x'.repeat(256) }, 'partitionKey'],
    [{ partitionKey: 'a\ud800' }, 'partitionKey'],
    [{ partitionKey: 'count' }, 'partitionKey'],
    [{ partitionKey: 'settled' }, 'partitionKey'],
    [{ epoch: 'A' }, 'epoch'],
    [{ epoch: 'a-b' }, 'epoch'],
    [{ epoch: 'a'.repeat(33) }, 'epoch'],
    [{ epoch: 7 }, 'epoch'],
  ])('refuses %j', (options, name) => {
    const make = () => dynamodbLedger(dynamodb.connect().document, options as DynamodbLedgerOptions)
    expect(make).toThrow(coded('ERR_OPTION_INVALID', `${name}: `))
  })

  it('refuses an option that it does not know', () => {
    const make = () => dynamodbLedger(dynamodb.connect().document, { create: true } as DynamodbLedgerOptions)
    expect(make).toThrow(coded('ERR_OPTION_UNKNOWN', 'table, partitionKey, epoch'))
    expect(() => dynamodbLedgerSchema('a b')).toThrow(coded('ERR_OPTION_INVALID', 'table: "a b"'))
  })
})
