import type { Ledger, Swap, SwapResult } from '../../core/ledger.js'
import { unseen, type LedgerRecord } from '../../core/record.js'
import { readItems } from './batch.js'
import { attributesOf, checkDocument, type DynamodbDocument, type DynamodbItem } from './document.js'
import { itemKeyOf } from './ledger-key.js'
import { recordOfItem, swapRequest } from './ledger-item.js'
import { readOptions, type DynamodbLedgerOptions } from './ledger-options.js'
import { dynamodbLedgerSchema } from './ledger-schema.js'
import { LEDGER_PROMISES } from './promises.js'
import { isRefusal, wasResent, withSchema, type Refusal } from './refusal.js'

/** A ledger in a table of DynamoDB. */
export interface DynamodbLedger extends Omit<Ledger, 'transaction'> {
  get(key: string): Promise<LedgerRecord>
  getMany(keys: readonly string[]): Promise<readonly LedgerRecord[]>
  compareAndSwap(key: string, swap: Swap): Promise<SwapResult>
}

const LEDGER = 'dynamodb ledger'

/**
 * A ledger in a table of its own, see `dynamodbLedgerSchema`; it makes none. The client stays the application's. It
 * needs the rights to GetItem, BatchGetItem and UpdateItem. Every read is a consistent one; nothing is ever deleted, and
 * no TTL may do it. A missing table is ERR_STORE_SCHEMA.
 */
export function dynamodbLedger(
  client: DynamodbDocument,
  options: DynamodbLedgerOptions = {},
): DynamodbLedger {
  const { epoch, ...place } = readOptions(options)
  checkDocument('dynamodbLedger(client)', client)
  const { table, partitionKey } = place
  const record = (item: unknown): LedgerRecord =>
    item === undefined ? unseen() : recordOfItem(LEDGER, place, item as DynamodbItem)

  const explained = (error: unknown): unknown => {
    const schema = JSON.stringify(dynamodbLedgerSchema(table, partitionKey), null, 2)
    return withSchema(LEDGER, error, `Create it with client.send(new CreateTableCommand(…)):\n${schema}\n`)
  }
  const read = async (stored: string): Promise<LedgerRecord> => {
    try {
      const { Item } = await client.get({
        TableName: table,
        Key: { [partitionKey]: stored },
        ConsistentRead: true,
      })
      return record(Item)
    } catch (error) {
      throw explained(error)
    }
  }

  return {
    name: 'dynamodb',
    epoch,
    promises: LEDGER_PROMISES,
    get: (key) => read(itemKeyOf(key)),
    async getMany(keys) {
      const stored = keys.map(itemKeyOf)
      const wanted = [...new Set(stored)].map((key) => ({ [partitionKey]: key }))
      try {
        const items = await readItems(LEDGER, client, table, wanted)
        const found = new Map(items.map((item) => [item[partitionKey], item]))
        return stored.map((key) => record(found.get(key)))
      } catch (error) {
        throw explained(error)
      }
    },
    async compareAndSwap(key, swap) {
      const stored = itemKeyOf(key)
      try {
        const made = await client.update(swapRequest(place, stored, swap))
        return { swapped: true, record: record(attributesOf(LEDGER, made)) }
      } catch (error) {
        if (!isRefusal(error)) throw explained(error)
        // where the item does not come along: never older than what refused the swap, another may have gone on since
        const stands = error.Item === undefined ? await read(stored) : record(error.Item)
        return { swapped: isOwnClaim(error, swap, stands), record: stands }
      }
    },
  }
}

/**
 * A claim that was made by an attempt whose answer was lost, and refused when the SDK sent it again. The protocol
 * recognises its own settle by itself; without this, the holder would wait for its own claim to end.
 */
function isOwnClaim(refusal: Refusal, { from, to }: Swap, { claim }: LedgerRecord): boolean {
  return wasResent(refusal) && to.token !== null && to.token !== from.token && claim?.token === to.token
}
