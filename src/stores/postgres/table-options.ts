import type { SqlTableOptions } from '../sql/table-options.js'
import { readShape, type TableShape } from '../sql/table-shape.js'
import { qualified, quoted } from './quote.js'
import { checkIsolation, type Isolation } from './transaction.js'

/**
 * The version column is a smallint, integer or bigint (a table whose rows are inserted through this needs bigint, or a
 * `start`); a uuid (PostgreSQL 13 or later); a timestamptz, or a timestamp that holds UTC, of at least the digits that
 * `versionType` states. With 6 digits the rows that come back have it as a text, `2026-01-31T12:00:00.000000Z`: a Date
 * has no microseconds. `start` left out is the server's clock in microseconds.
 */
export interface PostgresTableOptions<Row extends object> extends SqlTableOptions<Row> {
  /** left out: the first schema of the search_path that has the table */
  readonly schema?: string
  /** of `transaction`; what the database says, `read committed` */
  readonly isolation?: Isolation
}

export function readPostgresShape<Row extends object>(
  maker: string,
  options: PostgresTableOptions<Row>,
): TableShape {
  const shape = readShape(options, {
    maker,
    label: (name) => `postgres table ${name}`,
    quoted,
    // quoted names are told apart by case
    folded: (name) => name,
    options: ['schema', 'isolation'],
  })
  checkIsolation(options.isolation)
  return { ...shape, table: qualified(options.schema, 'name', options.name) }
}
