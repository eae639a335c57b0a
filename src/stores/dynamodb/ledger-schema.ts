import { attributeName, tableName } from './names.js'

export const LEDGER_TABLE = 'if-match-ledger'
export const LEDGER_KEY = 'key'

/** What CreateTable takes. */
export interface DynamodbTableSchema {
  TableName: string
  AttributeDefinitions: { AttributeName: string; AttributeType: 'S' }[]
  KeySchema: { AttributeName: string; KeyType: 'HASH' }[]
  BillingMode: 'PAY_PER_REQUEST'
}

/**
 * The input of CreateTable for a ledger's table: one text as its key, and nothing else. Make it once, by a script or
 * with your infrastructure; no ledger does it by itself, since a table takes a while and rights of its own. Switch on
 * no TTL: a count that expires begins anew, and versions that clients still hold would match again.
 */
export function dynamodbLedgerSchema(
  table: string = LEDGER_TABLE,
  partitionKey: string = LEDGER_KEY,
): DynamodbTableSchema {
  const key = attributeName('partitionKey', partitionKey)
  return {
    TableName: tableName('table', table),
    AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  }
}
