import { describe, expect, it } from 'vitest'
import { claim, presumed, settle, swapFrom, swapTo } from '../../src/core/machine.js'
import { unseen, type LedgerRecord } from '../../src/core/record.js'
import { dynamodbLedger } from '../../src/stores/dynamodb.js'
import type { DynamodbDocument } from '../../src/stores/dynamodb.js'
import { methodsOf, sendingItems, startDynamodb, type Connection } from './dynamodb-server.js'

const dynamodb = await startDynamodb()
const table = await dynamodb.table(['key', 'S'])
let keys = 0
const newKey = () => `articles/${++keys}`

const swapOf = (from: LedgerRecord, to: LedgerRecord) => ({ from: swapFrom(from), to: swapTo(from, to) })
const claimed = (from: LedgerRecord, token: string) => claim(from, token, 30_000)!

function open(options: Parameters<typeof dynamodb.connect>[0] = {}) {
  const connection = dynamodb.connect(options)
  return { ...connection, ledger: dynamodbLedger(connection.document, { table }) }
}

const names = ({ requests }: Pick<Connection, 'requests'>) => requests.splice(0).map(({ name }) => name)

describe('dynamodbLedger: requests', () => {
  it('claims, settles and reads with one each', async () => {
    const { ledger, requests } = open()
    const key = newKey()
    const first = await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 't1')))
    expect(first.swapped).toBe(true)
    expect(names({ requests })).toEqual(['UpdateItem'])
    const settled = settle(first.record, 't1', { kind: 'written', existence: 'present' }).record
    const second = await ledger.compareAndSwap(key, swapOf(first.record, settled))
    expect(second).toEqual({ swapped: true, record: { ...settled, fence: 1 } })
    expect(names({ requests })).toEqual(['UpdateItem'])
    expect(await ledger.get(key)).toEqual(second.record)
    expect(requests[0]?.input.ConsistentRead).toBe(true)
    expect(names({ requests })).toEqual(['GetItem'])
    // a claim that names the version it knows from its client needs no look before
    const blind = await ledger.compareAndSwap(key, swapOf(presumed(1), claimed(presumed(1), 't2')))
    expect(blind).toMatchObject({ swapped: true, record: { existence: 'present', fence: 2, settled: 't1' } })
    expect(names({ requests })).toEqual(['UpdateItem'])
  })

  it('tells a loser of the winner in the same request where the server sends the item, else in one more', async () => {
    for (const [wire, made] of [
      [sendingItems(dynamodb), ['UpdateItem']],
      [undefined, ['UpdateItem', 'GetItem']],
    ] as const) {
      const { ledger, requests } = open(wire && { wire })
      const key = newKey()
      const won = await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 't1')))
      requests.splice(0)
      const lost = await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 't2')))
      expect(lost).toEqual({ swapped: false, record: won.record })
      expect(requests.at(-1)?.input.ConsistentRead).toBe(made.length === 2 ? true : undefined)
      expect(names({ requests })).toEqual(made)
      // nothing stands there, and nothing can be sent along
      const none = await ledger.compareAndSwap(newKey(), swapOf(presumed(4), claimed(presumed(4), 't3')))
      expect(none).toEqual({ swapped: false, record: unseen() })
    }
  })

  it('understands the item of a refusal also where something has unmarshalled it', async () => {
    const { ledger, document } = open()
    const key = newKey()
    const { record } = await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 't1')))
    const { Item } = await document.get({ TableName: table, Key: { key } })
    const refusing: DynamodbDocument = {
      ...methodsOf(document),
      async update(input) {
        try {
          return await document.update(input)
        } catch (error) {
          throw Object.assign(error as Error, { Item })
        }
      },
    }
    const lost = swapOf(unseen(), claimed(unseen(), 't2'))
    expect(await dynamodbLedger(refusing, { table }).compareAndSwap(key, lost)).toEqual({
      swapped: false,
      record,
    })
  })

  it('reads many keys by the hundred, each once, in their order', async () => {
    const { ledger, requests } = open()
    const all = Array.from({ length: 250 }, newKey)
    for (const key of all.slice(120, 125)) {
      await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), key)))
    }
    requests.splice(0)
    const found = await ledger.getMany([...all, ...all.slice(120, 123)])
    const tokens = found.map((record) => record.claim?.token)
    const expected = all.map((key, index) => (index >= 120 && index < 125 ? key : undefined))
    expect(tokens).toEqual([...expected, ...all.slice(120, 123)])
    const asked = requests.map(({ input }) => Object.values(input.RequestItems as object)[0])
    expect(asked.map(({ Keys }) => Keys.length)).toEqual([100, 100, 50])
    expect(asked.every(({ ConsistentRead }) => ConsistentRead === true)).toBe(true)
    expect(names({ requests })).toEqual(['BatchGetItem', 'BatchGetItem', 'BatchGetItem'])
    expect(await ledger.getMany([])).toEqual([])
    expect(requests).toEqual([])
  })

  it.each([1, 0])(
    'asks again for the keys that the server left out, which answers %i at a time',
    async (most) => {
      const { ledger, document } = open()
      const all = Array.from({ length: 4 }, newKey)
      for (const key of all) await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), key)))
      const asked: number[] = []
      const reluctant: DynamodbDocument = {
        ...methodsOf(document),
        async batchGet({ RequestItems }) {
          const { Keys } = RequestItems[table]!
          asked.push(Keys.length)
          const [now, later] = [Keys.slice(0, most), Keys.slice(most)]
          const answer = await document.batchGet({
            RequestItems: { [table]: { Keys: now.length === 0 ? Keys : now } },
          })
          return {
            Responses: most === 0 ? {} : answer.Responses,
            UnprocessedKeys: later.length === 0 ? {} : { [table]: { Keys: later } },
          }
        },
      }
      const reading = dynamodbLedger(reluctant, { table }).getMany(all)
      if (most === 0) {
        await expect(reading).rejects.toThrow('4 keys were still left out')
        expect(asked).toEqual(Array(7).fill(4))
      } else {
        expect((await reading).map((record) => record.claim?.token)).toEqual(all)
        expect(asked).toEqual([4, 3, 2, 1])
      }
    },
  )
})

describe('dynamodbLedger: keys', () => {
  const HOSTILE = [
    '',
    '\ufffd',
    '\ufffd0000',
    'a',
    'A',
    'a ',
    'a\0',
    'a\ud800',
    'a\udfff',
    'a\ufffd',
    'a\ufffdd800',
    'é',
    'e\u0301',
    '😀',
    ':0',
    '#0',
    '__proto__',
    'constructor',
    '{"S":"a"}',
    'x'.repeat(2048),
    'x'.repeat(2049),
    'x'.repeat(2050),
    'é'.repeat(1025),
    '\ud800'.repeat(100_000),
    `${'x'.repeat(100)}\ufffd#${'a'.repeat(64)}`,
  ]

  it('keeps keys apart, whatever is in them and however long they are', async () => {
    const { ledger } = open()
    const counts = HOSTILE.map((_, index) => index + 1)
    for (const [index, key] of HOSTILE.entries()) {
      expect(await ledger.get(key), JSON.stringify(key).slice(0, 40)).toEqual(unseen())
      const to = { ...claimed(unseen(), 'token'), count: index + 1 }
      expect((await ledger.compareAndSwap(key, swapOf(unseen(), to))).swapped).toBe(true)
    }
    for (const [index, key] of HOSTILE.entries()) expect((await ledger.get(key)).count).toBe(counts[index])
    expect((await ledger.getMany(HOSTILE)).map(({ count }) => count)).toEqual(counts)
  })

  it('stores a usual key as it is, so that it can be found by hand', async () => {
    const { ledger } = open()
    const key = newKey()
    await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 't1')))
    expect(await dynamodb.raw(table, { key: { S: key } })).toEqual({
      key: { S: key },
      count: { N: '0' },
      existence: { S: 'unknown' },
      fence: { N: '1' },
      token: { S: 't1' },
      beat: { N: '0' },
      lease: { N: '30000' },
      doubtful: { BOOL: false },
    })
  })

  it('takes any attribute as the partition key', async () => {
    for (const partitionKey of ['PK', 'constructor', 'a.b[0]', '#0', ':0', "'; DROP TABLE", 'size', 'ключ']) {
      const place = await dynamodb.table([partitionKey, 'S'])
      const ledger = dynamodbLedger(dynamodb.connect().document, { table: place, partitionKey })
      const to = claimed(unseen(), 't1')
      expect((await ledger.compareAndSwap('k', swapOf(unseen(), to))).swapped, partitionKey).toBe(true)
      expect(await ledger.getMany(['k', 'l']), partitionKey).toEqual([to, unseen()])
    }
  })
})

describe('dynamodbLedger: what it says of itself', () => {
  it('has the epoch that it was given, or none', () => {
    const { document } = dynamodb.connect()
    expect(dynamodbLedger(document).epoch).toBe('')
    expect(dynamodbLedger(document, { epoch: '2026a' }).epoch).toBe('2026a')
    const arn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/if-match-ledger'
    expect(dynamodbLedger(document, { table: arn }).name).toBe('dynamodb')
  })

  it('promises what one region keeps, and takes part in no transaction', () => {
    const ledger = dynamodbLedger(dynamodb.connect().document)
    expect(ledger.promises).toMatchObject({ durable: 'yes', clock: 'observer', transaction: false })
    expect(ledger.promises?.failover).toContain('one region')
    expect('transaction' in ledger).toBe(false)
  })
})
