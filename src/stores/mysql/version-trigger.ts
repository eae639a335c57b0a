import { createHash } from 'node:crypto'
import { optionError } from '../../core/errors.js'
import type { TableShape } from '../sql/table-shape.js'
import { datetimeSql, timestampSql } from './moment-sql.js'
import { LONGEST_NAME, qualified } from './quote.js'
import { readMysqlShape, type MysqlTableOptions } from './table-options.js'
import { nextCount, START_OF_LIFE } from './version-sql.js'

export interface MysqlTriggerOptions<Row extends object> extends Omit<MysqlTableOptions<Row>, 'columns'> {
  /** of the version column, where it is none of BIGINT, CHAR(36), UUID and DATETIME */
  readonly columnType?: 'timestamp' | 'binary(16)'
}

const COLUMN_TYPES: readonly unknown[] = [undefined, 'timestamp', 'binary(16)']

/**
 * SQL for a migration: triggers under which every UPDATE moves the version on that did not do so itself, or set it back,
 * and every INSERT starts above any earlier row of its id. Whoever writes past the library, at a console or in a job,
 * is seen like any other writer. May be run again. Takes the table's own options; `columns` may be left out. With a
 * `start` of your own inserts are left alone: give it where the version column is smaller than a BIGINT. A uuid that was
 * set back to an old one cannot be told from a new one.
 *
 * What a foreign key changes (ON DELETE SET NULL, ON UPDATE CASCADE or SET NULL) is not seen: neither MySQL nor MariaDB
 * fires triggers for that. Give such a table no such action, and change its rows by an UPDATE of your own.
 *
 * Four statements, each ended by a semicolon, none with another one inside: a client of the console takes them as they
 * are, a connection of mysql2 with `multipleStatements`, or one by one.
 */
export function versionTrigger<Row extends object>(options: MysqlTriggerOptions<Row>): string {
  const { columnType, ...table } = options
  if (!COLUMN_TYPES.includes(columnType))
    throw optionError('columnType', columnType, "Give 'timestamp' or 'binary(16)', or leave it out.")
  const shape = readMysqlShape<Row>('versionTrigger', { ...table, columns: [] })
  const { next, first } = expressions(shape, columnType)
  const trigger = (event: 'UPDATE' | 'INSERT', value: string): string => {
    const name = qualified(options.schema, 'name', triggerName(options.name, event.toLowerCase()))
    return `DROP TRIGGER IF EXISTS ${name};
CREATE TRIGGER ${name} BEFORE ${event} ON ${shape.table}
  FOR EACH ROW SET NEW.${shape.version} = ${value};
`
  }
  const moved = trigger('UPDATE', next)
  return options.start === undefined ? `${moved}${trigger('INSERT', first)}` : moved
}

function expressions(
  { rule, version }: TableShape,
  columnType: MysqlTriggerOptions<object>['columnType'],
): { next: string; first: string } {
  const [now, was] = [`NEW.${version}`, `OLD.${version}`]
  switch (rule.kind) {
    case 'integer':
      return {
        next: `IF(${now} > ${was}, ${now}, ${nextCount(`GREATEST(${was}, 0)`)})`,
        first: `GREATEST(COALESCE(${now}, 0), ${START_OF_LIFE})`,
      }
    case 'uuid': {
      const drawn = columnType === 'binary(16)' ? "UNHEX(REPLACE(UUID(), '-', ''))" : 'UUID()'
      return { next: `IF(${now} <=> ${was} OR ${now} IS NULL, ${drawn}, ${now})`, first: drawn }
    }
    case 'timestamp': {
      const clock = columnType === 'timestamp' ? timestampSql(rule.digits) : datetimeSql(rule.digits)
      return {
        next: `IF(${now} > ${was}, ${now}, ${clock.after(was)})`,
        first: `IF(${now} > ${clock.now}, ${now}, ${clock.now})`,
      }
    }
  }
}

/** Of this table alone, and readable where there is room for its name. */
function triggerName(table: string, event: string): string {
  const name = `${table}_if_match_${event}`
  if (name.length <= LONGEST_NAME) return name
  return `if_match_${event}_${createHash('sha256').update(table).digest('hex').slice(0, 32)}`
}
