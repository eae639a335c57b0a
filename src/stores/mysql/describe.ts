import { rowsOf, type MysqlQueries } from './client.js'
import { text } from './literal.js'

/** A column as the server knows it. */
export interface Column {
  /** in lower case, with all that belongs to it: `varchar(36)`, `bigint(20) unsigned`, `datetime(6)` */
  readonly type: string
  /** of texts; '' elsewhere */
  readonly collation: string
}

const BITS: Readonly<Record<string, bigint>> = {
  tinyint: 8n,
  smallint: 16n,
  mediumint: 24n,
  int: 32n,
  bigint: 64n,
}

/** The least and the most that a column of whole numbers holds; undefined for any other column. */
export function wholeRange({ type }: Column): readonly [least: bigint, most: bigint] | undefined {
  const bits = BITS[/^[a-z]*/.exec(type)?.[0] ?? '']
  if (bits === undefined) return undefined
  if (type.includes('unsigned')) return [0n, 2n ** bits - 1n]
  return [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
}

/** A table as the server knows it. */
export interface Description {
  readonly columns: ReadonlyMap<string, Column>
  /** the columns of each index that is unique */
  readonly unique: readonly (readonly string[])[]
  /** whether what is written to it can be rolled back */
  readonly transactional: boolean
}

/** A table's name, and as it is in SQL. */
export interface TableName {
  readonly name: string
  readonly schema: string | undefined
  readonly quoted: string
}

/** Looks at a table. What is not there is the server's own error. */
export async function describe(on: MysqlQueries, table: TableName): Promise<Description> {
  const columns = new Map<string, Column>()
  for (const row of await rowsOf(on, `SHOW FULL COLUMNS FROM ${table.quoted}`, 'plainly')) {
    const { Field, Type, Collation } = row as Record<string, unknown>
    const collation = typeof Collation === 'string' ? Collation : ''
    columns.set(String(Field), { type: String(Type).toLowerCase(), collation })
  }
  const indexes = new Map<string, string[]>()
  for (const row of await rowsOf(on, `SHOW INDEX FROM ${table.quoted}`, 'plainly')) {
    if (Number(row.Non_unique) !== 0) continue
    const name = String(row.Key_name)
    indexes.set(name, [...(indexes.get(name) ?? []), String(row.Column_name)])
  }
  const schema = table.schema === undefined ? 'DATABASE()' : text(table.schema)
  const engines = await rowsOf(
    on,
    `SELECT e.TRANSACTIONS AS transactions FROM information_schema.TABLES t JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
      WHERE t.TABLE_SCHEMA = ${schema} AND t.TABLE_NAME = ${text(table.name)}`,
    'plainly',
  )
  return {
    columns,
    unique: [...indexes.values()],
    transactional: engines.every(({ transactions }) => transactions === 'YES'),
  }
}
