import { quoted } from './quote.js'
import { readSqliteShape, type SqliteTableOptions } from './table-options.js'
import { CLOCK, laterSql, versionSql } from './version-sql.js'

/** drawn from SQLite's own randomness, in the form of RFC 9562 version 4 */
const RANDOM_UUID =
  "lower(printf('%s-%s-4%s-%s%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2), substr('89AB', 1 + (random() & 3), 1), substr(hex(randomblob(2)), 2), hex(randomblob(6))))"

/** from the next ms on: above any start and update of this one, which SQLite cannot tell */
const START_OF_LIFE = `${CLOCK} + 1000 + (random() & 511)`

/** What the triggers on this table are called. */
export function triggerNames(table: string): readonly [onUpdate: string, onInsert: string] {
  return [`${table} version update`, `${table} version insert`]
}

/**
 * SQL for a migration: triggers under which every UPDATE moves the version on that did not do so itself, and, where
 * versions are integers, every INSERT, and every REPLACE, starts above any earlier row of its id. Whoever writes past
 * the library, at a console or in a job, is seen like any other writer. Takes the table's own options; `columns` may be
 * left out. With a `start` of your own, inserts are left to it. A version of the same ms is left as well, and so is one
 * ahead of the clock: the library's own starts are such. What is replaced within the ms of its version is not seen.
 */
export function versionTrigger<Row extends object>(
  options: Omit<SqliteTableOptions<Row>, 'columns' | 'busyTimeout'>,
): string {
  const shape = readSqliteShape<Row>({ ...options, columns: [] })
  const { table, version, rule } = shape
  const started = options.start !== undefined
  versionSql(rule, started)
  const [onUpdate, onInsert] = triggerNames(options.name)
  const names = { UPDATE: quoted('name', onUpdate), INSERT: quoted('name', onInsert) }
  const row = shape.id.map((column) => `${column} = NEW.${column}`).join(' AND ')
  const next = {
    integer: `max(OLD.${version}, 0) + 1`,
    uuid: RANDOM_UUID,
    timestamp: laterSql(rule, `OLD.${version}`),
  }[rule.kind]
  const still = rule.kind === 'uuid' ? `NEW.${version} IS OLD.${version}` : `NEW.${version} <= OLD.${version}`
  const trigger = (event: 'UPDATE' | 'INSERT', when: string, value: string) =>
    `DROP TRIGGER IF EXISTS ${names[event]};
CREATE TRIGGER ${names[event]} AFTER ${event} ON ${table}
WHEN ${when}
BEGIN
  UPDATE ${table} SET ${version} = ${value} WHERE ${row};
END;
`
  const moved = trigger('UPDATE', `${still} OR NEW.${version} IS NULL`, next)
  if (rule.kind !== 'integer' || started) return moved
  return `${moved}${trigger('INSERT', `NEW.${version} IS NULL OR NEW.${version} < ${CLOCK}`, START_OF_LIFE)}`
}
