import { createHash } from 'node:crypto'
import type { TableShape } from '../sql/table-shape.js'
import { qualified } from './quote.js'
import { readPostgresShape, type PostgresTableOptions } from './table-options.js'
import { momentSql, START_OF_LIFE } from './version-sql.js'

/** after all others: triggers of one moment fire in the order of their names, and one that sets `updated_at` comes first */
const TRIGGER = '"zz_if_match_version"'

/**
 * SQL for a migration: a trigger under which every UPDATE moves the version on that did not do so itself, or set it
 * back, and every INSERT starts above any earlier row of its id. Whoever writes past the library, at a console or in a
 * job, is seen like any other writer. May be run again. Takes the table's own options; `columns` may be left out. With
 * a `start` of your own, and for columns of fewer than 64 bits, inserts are left alone. A uuid that was set back to an
 * old one cannot be told from a new one.
 */
export function versionTrigger<Row extends object>(
  options: Omit<PostgresTableOptions<Row>, 'columns' | 'isolation'>,
): string {
  const shape = readPostgresShape<Row>('versionTrigger', { ...options, columns: [] })
  const { table } = shape
  const name = qualified(options.schema, 'name', functionName(options.name, shape.versionColumn))
  const body = bodyOf(shape, options.start === undefined)
  const quote = dollarQuote(body)
  // under UTC a timestamp without a zone is what the store takes it for
  const zone = shape.rule.kind === 'timestamp' ? " SET timezone TO 'UTC'" : ''
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql${zone} AS ${quote}
${body}
${quote};
DROP TRIGGER IF EXISTS ${TRIGGER} ON ${table};
CREATE TRIGGER ${TRIGGER} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}();
`
}

/** What the trigger does with the version, as plpgsql. */
interface Rules {
  /** whether an update did not move it on */
  readonly still: string
  /** where the trigger then moves it to */
  readonly next: string
  /** what is done on an insert */
  readonly first: string
}

function rulesOf({ rule, version }: TableShape, starting: boolean): Rules {
  const [now, was] = [`NEW.${version}`, `OLD.${version}`]
  if (rule.kind === 'uuid') {
    const random = 'gen_random_uuid()'
    return { still: `${now} = ${was}`, next: random, first: `${now} := coalesce(${now}, ${random});` }
  }
  if (rule.kind === 'integer') {
    // `greatest` passes over NULL; the result of `+` is never a domain, but the type below it
    const start = `${now} := greatest(${now}, ${START_OF_LIFE});`
    return {
      still: `${now} <= ${was}`,
      next: `greatest(${was}, 0) + 1`,
      first: starting ? `IF pg_typeof(+${now}) = 'bigint'::regtype THEN ${start} END IF;` : 'NULL;',
    }
  }
  const { now: clock, cut, after } = momentSql(rule.digits, true)
  const first = `${now} := greatest(${now}, ${clock});`
  return { still: `${cut(now)} <= ${cut(was)}`, next: after(was), first }
}

function bodyOf(shape: TableShape, starting: boolean): string {
  const { still, next, first } = rulesOf(shape, starting)
  const now = `NEW.${shape.version}`
  return `BEGIN
  IF TG_OP = 'INSERT' THEN
    ${first}
  ELSIF ${now} IS NULL OR ${still} THEN
    ${now} := ${next};
  END IF;
  RETURN NEW;
END`
}

/** Of this table and column alone, whatever characters they have: within 63 bytes, and still readable. */
function functionName(table: string, column: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([table, column]))
    .digest('hex')
  const readable = table
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_')
    .slice(0, 24)
  return `if_match_version_${readable}_${hash.slice(0, 16)}`
}

/** A quote that the names in the body do not end. */
function dollarQuote(body: string): string {
  let quote = '$if_match$'
  for (let n = 1; body.includes(quote); n++) quote = `$if_match_${n}$`
  return quote
}
