import { IfMatchError, optionError } from '../../core/errors.js'

/** An item, or a part of one, as plain JavaScript values. */
export type DynamodbItem = Record<string, unknown>

/** What an update and a delete have in common: names and values are data, the expressions hold placeholders only. */
export interface DynamodbWrite {
  TableName: string
  Key: DynamodbItem
  ConditionExpression: string
  ExpressionAttributeNames: Record<string, string>
  ExpressionAttributeValues: DynamodbItem
  ReturnValues: 'ALL_NEW' | 'ALL_OLD'
  ReturnValuesOnConditionCheckFailure?: 'ALL_OLD'
}

export interface DynamodbUpdate extends DynamodbWrite {
  UpdateExpression: string
}

export interface DynamodbDelete extends DynamodbWrite {
  ReturnValues: 'ALL_OLD'
}

export interface DynamodbGet {
  TableName: string
  Key: DynamodbItem
  ConsistentRead: true
}

export interface DynamodbBatchGet {
  RequestItems: Record<string, { Keys: DynamodbItem[]; ConsistentRead: true }>
}

/** A client as `DynamoDBDocument` of @aws-sdk/lib-dynamodb is: the few methods that are called. */
export interface DynamodbDocument {
  get(input: DynamodbGet): Promise<{ readonly Item?: DynamodbItem | undefined }>
  update(input: DynamodbUpdate): Promise<DynamodbWritten>
  delete(input: DynamodbDelete): Promise<DynamodbWritten>
  batchGet(input: DynamodbBatchGet): Promise<{
    readonly Responses?: Readonly<Record<string, DynamodbItem[]>> | undefined
    readonly UnprocessedKeys?:
      Readonly<Record<string, { readonly Keys: DynamodbItem[] | undefined }>> | undefined
  }>
}

export interface DynamodbWritten {
  readonly Attributes?: DynamodbItem | undefined
}

const METHODS = ['get', 'update', 'delete', 'batchGet'] as const

const FIX =
  'Hand over DynamoDBDocument.from(new DynamoDBClient({})), of @aws-sdk/lib-dynamodb and @aws-sdk/client-dynamodb: a DynamoDBClient or a DynamoDBDocumentClient alone has only send().'

/** Refuses what is no document client of the SDK's version 3. */
export function checkDocument(option: string, client: unknown): void {
  const methods = (client ?? {}) as Record<string, unknown>
  // the DocumentClient of version 2 has these methods too, and does nothing until it is called back
  const outdated = typeof methods.createSet === 'function'
  if (outdated || METHODS.some((name) => typeof methods[name] !== 'function')) {
    throw optionError(option, client, FIX)
  }
}

/** The item that a write was asked to answer with. */
export function attributesOf(store: string, { Attributes }: DynamodbWritten): DynamodbItem {
  if (Attributes !== undefined) return Attributes
  throw new IfMatchError(
    'ERR_STORE_SCHEMA',
    `${store}: the client answered a write without the item that it was asked for. ${FIX} (ERR_STORE_SCHEMA, see docs/errors.md)`,
  )
}
