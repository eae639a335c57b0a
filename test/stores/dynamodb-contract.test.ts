import { describe, it } from 'vitest'
import { contractCases, ledgerContract, tableContract } from 'express-if-match/testing'
import type { ContractRow } from 'express-if-match/testing'
import { dynamodbLedger, dynamodbLedgerSchema, dynamodbTable } from '../../src/stores/dynamodb.js'
import type { DynamodbTableOptions } from '../../src/stores/dynamodb.js'
import { sendingItems, startDynamodb } from './dynamodb-server.js'

const TRANSACTION = 'DynamoDB takes a list of writes as a transaction, and no work between them'
const ABSENT = { transaction: TRANSACTION, application: TRANSACTION, 'async-work': TRANSACTION }

/** ms; a case of over a thousand requests, each of which signs and parses, takes its time on a busy machine */
const PATIENCE = 120_000

const dynamodb = await startDynamodb()
const wrapped = { unmarshallOptions: { wrapNumbers: true } }

describe.each([
  ['reads what refused a swap', {}],
  [
    'is sent what refused a swap, and gets numbers wrapped',
    { wire: sendingItems(dynamodb), translate: wrapped },
  ],
])('dynamodbLedger keeps the contract where it %s', async (_, options) => {
  const table = await dynamodb.table(['key', 'S'])
  const handles = [dynamodb.connect(options), dynamodb.connect(options)]
  const ledgers = handles.map(({ document }) => dynamodbLedger(document, { table }))
  const witness = dynamodb.connect().document
  let turn = 0
  let keys = 0
  const { runnable, skipped } = contractCases(ledgerContract, {
    name: 'dynamodb over dynalite',
    capabilities: {
      ...ABSENT,
      shared: true,
      clock: 'DynamoDB has no clock that a request could read',
      restart: 'dynalite keeps its tables in memory',
      entries: true,
    },
    open: () => Promise.resolve(ledgers[turn++ % ledgers.length]!),
    key: () => `articles/${++keys}`,
    entries: async () => (await witness.scan({ TableName: table, Select: 'COUNT' })).Count ?? 0,
  })
  for (const { id, run } of runnable) it(id, run, PATIENCE)
  for (const { id, reason } of skipped) it.skip(`${id}: ${reason}`)
})

const ways: Record<string, Partial<DynamodbTableOptions<ContractRow>>> = {
  integers: {},
  uuids: { versionType: 'uuid' },
  'deleted items kept': { deleted: 'deletedAt' as keyof ContractRow },
}

describe.each(Object.entries(ways))('dynamodbTable keeps the contract with %s', async (_, way) => {
  const name = await dynamodb.table(['id', 'S'])
  const handles = [dynamodb.connect(), dynamodb.connect({ translate: wrapped })].map(({ document }) =>
    dynamodbTable<ContractRow>(document, { name, columns: ['title', 'note'], ...way }),
  )
  let turn = 0
  let ids = 0
  const { runnable, skipped } = contractCases(tableContract, {
    name: 'dynamodb table over dynalite',
    capabilities: { ...ABSENT, shared: true },
    open: () => Promise.resolve(handles[turn++ % handles.length]!),
    id: () => `article-${++ids}`,
  })
  for (const { id, run } of runnable) it(id, run, PATIENCE)
  for (const { id, reason } of skipped) it.skip(`${id}: ${reason}`)
})

it('makes its table of the schema', async () => {
  await dynamodb.create(dynamodbLedgerSchema())
  const ledger = dynamodbLedger(dynamodb.connect().document)
  const to = { count: 1, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false }
  const { swapped } = await ledger.compareAndSwap('k', { from: { count: 0, token: null, beat: 0 }, to })
  if (!swapped) throw new Error('not made')
})
