import type { Expectation } from '../../core/expectation.js'
import { conditionOf } from './condition.js'
import type { DynamodbDelete, DynamodbItem, DynamodbUpdate } from './document.js'
import { placeholders, type Placeholders } from './placeholders.js'
import type { TableShape } from './table-options.js'
import type { Move } from './version.js'

/** Attributes with what they are set to. */
export type Sets = readonly (readonly [attribute: string, value: unknown])[]

/** An update of an item that stands and meets the demand; undefined where none can. */
export function updateRequest(
  shape: TableShape,
  key: DynamodbItem,
  expected: Expectation,
  sets: Sets,
  move: Move,
): DynamodbUpdate | undefined {
  const holders = placeholders()
  const condition = standing(shape, holders, expected)
  if (condition === undefined) return undefined
  return {
    TableName: shape.table,
    Key: key,
    UpdateExpression: setExpression(shape, holders, sets, move),
    ConditionExpression: condition,
    ...holders.members,
    ReturnValues: 'ALL_NEW',
  }
}

/** An update that makes the item, where none stands or a deleted one: nothing of that one stays in `columns`. */
export function insertRequest(shape: TableShape, key: DynamodbItem, sets: Sets, move: Move): DynamodbUpdate {
  const holders = placeholders()
  const { name, value, members } = holders
  const { id, deleted, columns } = shape
  const set = setExpression(shape, holders, sets, move)
  const free = `attribute_not_exists(${name(id[0] ?? '')})`
  const request = { TableName: shape.table, Key: key, ReturnValues: 'ALL_NEW' } as const
  if (deleted === undefined) {
    return { ...request, UpdateExpression: set, ConditionExpression: free, ...members }
  }
  const given = new Set(sets.map(([column]) => column))
  const gone = [deleted, ...columns.filter((column) => !given.has(column))].map(name)
  const dead = `attribute_exists(${name(deleted)}) AND NOT attribute_type(${name(deleted)}, ${value('NULL')})`
  return {
    ...request,
    UpdateExpression: `${set} REMOVE ${gone.join(', ')}`,
    ConditionExpression: `${free} OR (${dead} AND ${versioned(shape, holders)})`,
    ...members,
  }
}

/** The removal of an item that stands and meets the demand; undefined where none can. */
export function deleteRequest(
  shape: TableShape,
  key: DynamodbItem,
  expected: Expectation,
): DynamodbDelete | undefined {
  const holders = placeholders()
  const condition = standing(shape, holders, expected)
  if (condition === undefined) return undefined
  return {
    TableName: shape.table,
    Key: key,
    ConditionExpression: condition,
    ...holders.members,
    ReturnValues: 'ALL_OLD',
  }
}

function setExpression(shape: TableShape, { name, value }: Placeholders, sets: Sets, move: Move): string {
  const parts = sets.map(([attribute, given]) => `${name(attribute)} = ${value(given)}`)
  const version = name(shape.versionColumn)
  return `SET ${[...parts, `${version} = ${move.expression(version, value)}`].join(', ')}`
}

/** Without a version there is nothing to count on, nor to compare; `versionOf` says so of what is found there. */
function versioned({ version, versionColumn }: TableShape, { name, value }: Placeholders): string {
  return `attribute_type(${name(versionColumn)}, ${value(version.type)})`
}

function standing(shape: TableShape, holders: Placeholders, expected: Expectation): string | undefined {
  const { name, value } = holders
  const { version, versionColumn, deleted } = shape
  const demand = conditionOf(expected, version, name(versionColumn), value)
  if (demand === undefined) return undefined
  const parts = [versioned(shape, holders)]
  if (deleted !== undefined)
    parts.push(
      `(attribute_not_exists(${name(deleted)}) OR attribute_type(${name(deleted)}, ${value('NULL')}))`,
    )
  return (demand === '' ? parts : [...parts, demand]).join(' AND ')
}
