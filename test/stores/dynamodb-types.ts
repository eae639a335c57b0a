import { CreateTableCommand, DynamoDB, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocument, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { ifMatch } from 'express-if-match'
import { dynamodbLedger, dynamodbLedgerSchema, dynamodbTable } from 'express-if-match/dynamodb'
import type { DynamodbDocument } from 'express-if-match/dynamodb'
import { exactly } from '../types/expect.js'

/* Compiled, never run: the clients are those of the SDK, rows those of the application. */

interface Order {
  tenant: string
  number: number
  version: bigint
  note?: string
}

const base = new DynamoDBClient({})
const document = DynamoDBDocument.from(base, { unmarshallOptions: { wrapNumbers: true } })

// each method by itself: what is sent must be what the SDK takes, and what it gives must be what is read
export const methods: { [Name in keyof DynamodbDocument]: DynamodbDocument[Name] } = {
  get: (input) => document.get(input),
  update: (input) => document.update(input),
  delete: (input) => document.delete(input),
  batchGet: (input) => document.batchGet(input),
}

const ledger = dynamodbLedger(document, { table: 'counts', partitionKey: 'PK', epoch: '2026' })
ifMatch({ ledger, key: 'articles/:id' })
// @ts-expect-error: it has only send()
dynamodbLedger(base)
// @ts-expect-error: it has only send()
dynamodbLedger(DynamoDBDocumentClient.from(base))
// @ts-expect-error: its values are marshalled
dynamodbLedger(new DynamoDB({}))
// @ts-expect-error: there is no such option
dynamodbLedger(document, { create: true })

export const command = new CreateTableCommand(dynamodbLedgerSchema())

const table = dynamodbTable<Order>(document, {
  name: 'orders',
  id: ['tenant', 'number'],
  versionType: 'bigint',
  columns: ['note'],
})
ifMatch({ key: 'tenants/:tenant/orders/:number', table, represent: ({ note }) => note }).wrap(
  async (_req, _res, write) => {
    const order = await write.update({ note: 'a' })
    exactly<typeof order, Order>(true)
    // @ts-expect-error: there is no such column
    await write.update({ color: 'red' })
    const gone: Order = await write.delete()
    return [order, gone]
  },
)
// @ts-expect-error: the row has no such attribute
dynamodbTable<Order>(document, { name: 'orders', columns: ['color'] })
// @ts-expect-error: columns are listed
dynamodbTable<Order>(document, { name: 'orders' })
// @ts-expect-error: DynamoDB has no timestamps
dynamodbTable<Order>(document, { name: 'orders', columns: [], versionType: { timestamp: 3 } })
