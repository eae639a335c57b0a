import { pickColumns } from '../../core/columns.js'
import { IfMatchError, show } from '../../core/errors.js'
import { judge, type Expectation } from '../../core/expectation.js'
import { refusal } from '../../core/refusal.js'
import type { Identity, Table, TableSteps } from '../../core/table.js'
import { MOST_VERSIONS, versionsIn } from './condition.js'
import {
  attributesOf,
  checkDocument,
  type DynamodbDocument,
  type DynamodbItem,
  type DynamodbWritten,
} from './document.js'
import { impossibleKey } from './item-key.js'
import { TABLE_PROMISES } from './promises.js'
import { isConflict, isRefusal, isUnanswered, wasResent, withSchema } from './refusal.js'
import { readShape, type DynamodbTableOptions, type TableShape } from './table-options.js'
import { deleteRequest, insertRequest, updateRequest, type Sets } from './table-requests.js'
import { storable } from './values.js'

/** The steps of a table in DynamoDB. */
export interface DynamodbTableSteps<Row> extends TableSteps<Row> {
  find(identity: Identity): Promise<Row | undefined>
  /** a change without any column still moves the version: the client wrote, and whoever read before must see it */
  update(identity: Identity, expected: Expectation, change: Partial<Row>): Promise<Row | undefined>
  insert(identity: Identity, row: Partial<Row>): Promise<Row | undefined>
  delete(identity: Identity, expected: Expectation): Promise<Row | undefined>
}

/** A table of the application's in DynamoDB. It has no `transaction`: DynamoDB's are lists of writes, with no work between. */
export interface DynamodbTable<Row>
  extends DynamodbTableSteps<Row>, Omit<Table<Row>, keyof TableSteps<Row> | 'transaction'> {}

/**
 * The application's own table, with a version attribute that every write moves on. The client stays the application's,
 * and needs the rights to GetItem, UpdateItem and DeleteItem; every read is a consistent one. Members of a change that
 * are the id or the version are ignored, others that are not listed are refused: ERR_COLUMN_UNKNOWN. A missing table, or
 * one with another key, is ERR_STORE_SCHEMA. A write that the SDK sent again, and that may have been made the first
 * time, is the problem `outcome-unknown`.
 */
export function dynamodbTable<Row extends object>(
  client: DynamodbDocument,
  options: DynamodbTableOptions<Row>,
): DynamodbTable<Row> {
  const shape = readShape(options)
  checkDocument('dynamodbTable(client)', client)

  const look = async (key: DynamodbItem): Promise<DynamodbItem | undefined> => {
    try {
      const { Item } = await client.get({ TableName: shape.table, Key: key, ConsistentRead: true })
      return Item === undefined || isDeleted(shape, Item) ? undefined : Item
    } catch (error) {
      throw withSchema(shape.name, error, FIX)
    }
  }

  /** `own`: the version that this write alone can make */
  const write = async (key: DynamodbItem, answer: Promise<DynamodbWritten>, own?: string) => {
    try {
      return attributesOf(shape.name, await answer) as Row
    } catch (error) {
      if (isUnanswered(error)) throw refusal('outcome-unknown', {}, { cause: error })
      const conflict = isConflict(error)
      if (!conflict && !isRefusal(error)) throw withSchema(shape.name, error, FIX)
      if (!wasResent(error)) {
        if (conflict) throw refusal('transaction-conflict', {}, { cause: error })
        return undefined
      }
      const row = own === undefined ? undefined : await look(key)
      if (row !== undefined && shape.version.textOf(row[shape.versionColumn]) === own) return row as Row
      // to say that nothing was changed might be wrong: the first attempt may be what refused the second
      throw refusal('outcome-unknown', {}, { cause: error })
    }
  }

  /** the demand, or what it comes down to where it names too many versions for one request */
  const inOneRequest = async (key: DynamodbItem, expected: Expectation): Promise<Expectation> => {
    if (versionsIn(expected) <= MOST_VERSIONS) return expected
    const row = await look(key)
    if (row === undefined) return NEVER
    const version = versionOf(shape, row)
    if (!judge(expected, { version, existence: 'present' }).pass) return NEVER
    return { kind: 'one-of', versions: [version], weak: false, source: 'if-match' }
  }

  return {
    name: shape.name,
    promises: TABLE_PROMISES,
    versionColumn: shape.versionColumn,
    columns: shape.columns,
    versionOf: (row) => versionOf(shape, row),
    isVersion: (text) => shape.version.isVersion(text),
    async find(identity) {
      const key = shape.keyOf(identity)
      return key === undefined ? undefined : ((await look(key)) as Row | undefined)
    },
    async update(identity, expected, change) {
      const sets = setsOf(shape, change)
      const key = shape.keyOf(identity)
      if (key === undefined) return undefined
      const move = shape.version.next()
      const request = updateRequest(shape, key, await inOneRequest(key, expected), sets, move)
      return request === undefined ? undefined : write(key, client.update(request), move.own)
    },
    async insert(identity, row) {
      const sets = setsOf(shape, row)
      const key = shape.keyOf(identity)
      if (key === undefined) throw impossibleKey(shape.name)
      const move = shape.version.first(shape.deleted !== undefined)
      return write(key, client.update(insertRequest(shape, key, sets, move)), move.own)
    },
    async delete(identity, expected) {
      const key = shape.keyOf(identity)
      if (key === undefined) return undefined
      const demand = await inOneRequest(key, expected)
      if (shape.deleted !== undefined) {
        // the clock of this process is good enough: nothing compares this moment
        const mark: Sets = [[shape.deleted, new Date().toISOString()]]
        const request = updateRequest(shape, key, demand, mark, shape.version.next())
        return request === undefined
          ? undefined
          : write(key, client.update({ ...request, ReturnValues: 'ALL_OLD' }))
      }
      const request = deleteRequest(shape, key, demand)
      return request === undefined ? undefined : write(key, client.delete(request))
    },
  }
}

const NEVER: Expectation = { kind: 'one-of', versions: [], weak: false, source: 'if-match' }

const FIX =
  'Its options `name` and `id` must be as the table is, the sort key included; and `params` of ifMatch makes the id a number where the key is one'

function setsOf(shape: TableShape, change: unknown): Sets {
  return pickColumns(change, shape.rules, (column, value) => [
    column,
    storable(`${shape.name}, column ${show(column)}`, value),
  ])
}

function isDeleted({ deleted }: TableShape, item: DynamodbItem): boolean {
  return deleted !== undefined && item[deleted] !== undefined && item[deleted] !== null
}

function versionOf({ name, version, versionColumn }: TableShape, row: object): string {
  const value = (row as DynamodbItem)[versionColumn]
  const text = version.textOf(value)
  if (text !== undefined) return text
  const fix =
    version.type === 'N'
      ? 'Give each item a whole number there, as a number and not as a text; `wrapNumbers` of the document client may be true, or give a bigint'
      : 'Give each item a UUID there, in lower case, or name another versionType'
  throw new IfMatchError(
    'ERR_VERSION_INVALID',
    `${name}: ${show(value)} in attribute ${show(versionColumn)} is no version. ${fix} (ERR_VERSION_INVALID, see docs/errors.md)`,
  )
}
