import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { randomBytes } from 'node:crypto'
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  type AttributeValue,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb'
import { DynamoDBDocument, type TranslateConfig } from '@aws-sdk/lib-dynamodb'
import { afterAll } from 'vitest'
import type { DynamodbDocument } from '../../src/stores/dynamodb.js'

type Dynalite = (options: { createTableMs: number }) => Server

const dynalite = createRequire(import.meta.url)('dynalite') as Dynalite

/** What goes over the wire for one call: its name, without `Command`, and its input as DynamoDB gets it. */
export interface Request {
  readonly name: string
  readonly input: Record<string, unknown>
}

/** Between the SDK's retries and the wire: what it throws is what a connection or a server would have done. */
export type Wire = (request: Request, send: () => Promise<unknown>) => Promise<unknown>

const PLAIN: Wire = (_request, send) => send()

export interface Connection {
  readonly document: DynamoDBDocument
  /** what went over the wire, each attempt by itself */
  readonly requests: Request[]
}

export interface Dynamodb {
  connect(options?: { readonly translate?: TranslateConfig; readonly wire?: Wire }): Connection
  create(input: CreateTableCommandInput): Promise<void>
  /** a table of its own, for items with these keys; its name */
  table(...keys: readonly (readonly [name: string, type: 'S' | 'N'])[]): Promise<string>
  /** an item as it is stored */
  raw(table: string, key: Record<string, AttributeValue>): Promise<Record<string, AttributeValue> | undefined>
}

/** A server of this test file's own, in memory, which ends with it. */
export async function startDynamodb(): Promise<Dynamodb> {
  const server = dynalite({ createTableMs: 0 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const clients: DynamoDBClient[] = []
  const client = (): DynamoDBClient => {
    const made = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'local',
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    })
    clients.push(made)
    return made
  }
  const own = client()
  afterAll(async () => {
    for (const made of clients) made.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const create = async (input: CreateTableCommandInput): Promise<void> => {
    await own.send(new CreateTableCommand(input))
  }
  return {
    create,
    async table(...keys) {
      const name = `t-${randomBytes(6).toString('hex')}`
      await create({
        TableName: name,
        AttributeDefinitions: keys.map(([key, type]) => ({ AttributeName: key, AttributeType: type })),
        KeySchema: keys.map(([key], place) => ({
          AttributeName: key,
          KeyType: place === 0 ? 'HASH' : 'RANGE',
        })),
        BillingMode: 'PAY_PER_REQUEST',
      })
      return name
    },
    raw: async (table, key) =>
      (await own.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item,
    connect({ translate, wire = PLAIN } = {}) {
      const made = client()
      const requests: Request[] = []
      made.middlewareStack.add(
        (next, context) => async (args) => {
          const request = {
            name: String(context.commandName).replace('Command', ''),
            input: args.input as unknown as Record<string, unknown>,
          }
          requests.push(request)
          return (await wire(request, () => next(args))) as Awaited<ReturnType<typeof next>>
        },
        { step: 'deserialize', priority: 'high', name: 'testWire' },
      )
      return { document: DynamoDBDocument.from(made, translate), requests }
    },
  }
}

/** DynamoDB itself sends the item along with a refusal, where it was asked to; dynalite does not. */
export function sendingItems(dynamodb: Dynamodb): Wire {
  return async ({ input }, send) => {
    try {
      return await send()
    } catch (error) {
      const refused = error instanceof Error && error.name === 'ConditionalCheckFailedException'
      if (refused && input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') {
        const { TableName, Key } = input as { TableName: string; Key: Record<string, AttributeValue> }
        const item = await dynamodb.raw(TableName, Key)
        if (item !== undefined) Object.assign(error, { Item: item })
      }
      throw error
    }
  }
}

/** A connection that is cut at the next write, once: the server makes it, and its answer is lost. */
export function losingAnswers(): { readonly wire: Wire; readonly lose: () => void } {
  let losing = false
  return {
    lose: () => void (losing = true),
    async wire({ name }, send) {
      const answer = await send()
      if (!losing || !/Update|Delete/.test(name)) return answer
      losing = false
      throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' })
    },
  }
}

/** The methods of a client as an object whose own they are. */
export function methodsOf(document: DynamodbDocument): DynamodbDocument {
  return {
    get: (input) => document.get(input),
    update: (input) => document.update(input),
    delete: (input) => document.delete(input),
    batchGet: (input) => document.batchGet(input),
  }
}
