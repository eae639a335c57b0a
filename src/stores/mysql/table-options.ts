import type { SqlTableOptions } from '../sql/table-options.js'
import { readShape, type TableShape } from '../sql/table-shape.js'
import { qualified, quoted } from './quote.js'

/**
 * The version column is a BIGINT, or a smaller integer where rows are not inserted through this, or `start` is given;
 * for 'uuid' a CHAR(36), a UUID of MariaDB, or a BINARY(16); for a timestamp a DATETIME of as many digits, which holds
 * UTC, or a TIMESTAMP. `start` left out is the server's clock in microseconds, and so
 * is each later version of a row that began there. With fewer than 6 digits, a row that is
 * deleted and made again within one unit of them may get a version that it has had: name `deleted` to keep it.
 *
 * In the rows that come back, a version beyond 2^53 is a text, and so is one with microseconds,
 * `2026-01-31T12:00:00.000000Z`: neither a number nor a Date could hold it. Rows that you read yourself give the same
 * version only where mysql2 is told that a DATETIME is UTC: `timezone: 'Z'`.
 */
export interface MysqlTableOptions<Row extends object> extends SqlTableOptions<Row> {
  /** the database that has the table; left out: that of the connections */
  readonly schema?: string
}

export function readMysqlShape<Row extends object>(
  maker: string,
  options: MysqlTableOptions<Row>,
): TableShape {
  const shape = readShape(options, {
    maker,
    label: (name) => `mysql table ${name}`,
    quoted,
    // MySQL does not tell columns apart by case, of whatever letters
    folded: (name) => name.toUpperCase().toLowerCase(),
    options: ['schema'],
  })
  return { ...shape, table: qualified(options.schema, 'name', options.name) }
}
