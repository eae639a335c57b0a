import type { Table } from '../../../src/core/table.js'
import type { ContractRow } from '../../../src/testing/index.js'
import type { Data, Item, ItemRow } from './store.js'

/** Data in this process, answered in a later turn of the loop, as a database does: others come between two steps. */
export function memoryData(): Data {
  const items = new Map<string, Item>()
  const later = () => new Promise((resolve) => setImmediate(resolve))
  return {
    async find(id) {
      await later()
      return items.get(id)
    },
    async save(item) {
      await later()
      items.set(item.id, item)
    },
    async delete(id) {
      await later()
      return items.delete(id)
    },
  }
}

/** A table of the contract's rows as one of items: a title holds what it has no column for. */
export function itemsIn(table: Table<ContractRow>): Table<ItemRow> {
  const itemOf = (row: ContractRow | undefined): ItemRow | undefined =>
    row && {
      ...(JSON.parse(row.title) as Item),
      id: row.id,
      note: row.note ?? '',
      version: String(row.version),
    }
  const rowOf = ({ value, base, note }: Partial<ItemRow>) => ({
    title: JSON.stringify({ value, base }),
    ...(note === undefined ? {} : { note }),
  })
  return {
    name: table.name,
    versionColumn: 'version',
    columns: ['value', 'base', 'note'],
    versionOf: ({ version }) => String(version),
    isVersion: (text) => table.isVersion(text),
    find: async (identity) => itemOf(await table.find(identity)),
    update: async (identity, expected, change) =>
      itemOf(await table.update(identity, expected, rowOf(change))),
    insert: async (identity, item) => itemOf(await table.insert(identity, rowOf(item))),
    delete: async (identity, expected) => itemOf(await table.delete(identity, expected)),
  }
}
