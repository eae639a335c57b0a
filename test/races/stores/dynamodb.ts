import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb'
import { dynamodbLedger, dynamodbLedgerSchema, dynamodbTable } from '../../../src/stores/dynamodb.js'
import {
  textOf,
  type Data,
  type Item,
  type ItemRow,
  type JournalEntry,
  type Place,
  type SharedStore,
} from './store.js'

/** An item that keeps its own journal, also when what it stands for is deleted: DynamoDB has no triggers. */
interface Kept {
  readonly id: string
  readonly item?: Item
  readonly journal: readonly (string | null)[]
}

// the SDK warns every process of the end of its Node
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'

const ledgerTable = ({ name }: Place) => `${name}-ledger`

function open({ url }: Place): DynamoDBDocument {
  const client = new DynamoDBClient({
    endpoint: url,
    region: 'local',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  })
  return DynamoDBDocument.from(client)
}

async function prepareWith(place: Place, journals: boolean) {
  const document = open(place)
  await document.send(new CreateTableCommand(dynamodbLedgerSchema(ledgerTable(place))))
  await document.send(new CreateTableCommand(dynamodbLedgerSchema(place.name, 'id')))
  const journal = async (): Promise<readonly JournalEntry[]> => {
    const { Items = [] } = await document.scan({ TableName: place.name, ConsistentRead: true })
    return (Items as Kept[]).flatMap(({ id, journal }) =>
      journal.map((after, index) => ({ id, before: journal[index - 1] ?? null, after })),
    )
  }
  return {
    ...(journals ? { journal } : {}),
    async remove() {
      for (const table of [ledgerTable(place), place.name])
        await document.send(new DeleteTableCommand({ TableName: table }))
      document.destroy()
    },
  }
}

function dataOf(document: DynamoDBDocument, { name }: Place): Data {
  const write = async (id: string, item: Item | undefined): Promise<Kept | undefined> => {
    const { Attributes } = await document.update({
      TableName: name,
      Key: { id },
      UpdateExpression: `SET journal = list_append(if_not_exists(journal, :none), :entry)${item === undefined ? ' REMOVE #item' : ', #item = :item'}`,
      ExpressionAttributeNames: { '#item': 'item' },
      ExpressionAttributeValues: {
        ':none': [],
        ':entry': [item === undefined ? null : textOf(item)],
        ...(item === undefined ? {} : { ':item': item }),
      },
      ReturnValues: 'ALL_OLD',
    })
    return Attributes as Kept | undefined
  }
  const find = async (id: string): Promise<Item | undefined> => {
    const { Item } = await document.get({
      TableName: name,
      Key: { id },
      ConsistentRead: true,
      ProjectionExpression: '#item',
      ExpressionAttributeNames: { '#item': 'item' },
    })
    return (Item as Kept | undefined)?.item
  }
  return {
    find,
    save: (item) => write(item.id, item),
    // what is not there is not deleted, and not noted either
    delete: async (id) => (await find(id)) !== undefined && (await write(id, undefined))?.item !== undefined,
  }
}

export const dynamodbStores: readonly SharedStore[] = [
  {
    name: 'dynamodb ledger',
    versions: 'ledger',
    prepare: (place) => prepareWith(place, true),
    serve(place) {
      const document = open(place)
      const ledger = dynamodbLedger(document, { table: ledgerTable(place) })
      return { way: 'ledger', ledger, data: dataOf(document, place) }
    },
  },
  {
    name: 'dynamodb table',
    versions: 'row',
    prepare: (place) => prepareWith(place, false),
    serve(place) {
      const columns = ['value', 'base', 'note'] as const
      return { way: 'table', table: dynamodbTable<ItemRow>(open(place), { name: place.name, columns }) }
    },
  },
]
