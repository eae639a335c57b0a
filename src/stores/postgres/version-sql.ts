import type { TableShape } from '../sql/table-shape.js'
import type { PredicateDialect } from '../sql/predicate.js'
import type { Column } from './table-columns.js'

/** The parameters of one statement, each at the place that it is given. */
export interface Binding {
  readonly values: readonly unknown[]
  /** `$1`, `$2` and so on */
  readonly bind: (value: unknown) => string
}

export function binding(): Binding {
  const values: unknown[] = []
  return { values, bind: (value) => `$${values.push(value)}` }
}

/** How one version column is compared and moves on, in expressions over a row of the table. */
export interface VersionSql {
  /** whether there is a version to move on from: NULL + 1 is NULL */
  counted(row: string): string
  /** the next version of a row */
  next(row: string): string
  /** the first version of a row that is inserted */
  first(binding: Binding): string
  /** what a statement returns of a row */
  returned(row: string): string
  predicates(row: string, binding: Binding): PredicateDialect
}

/** the server's clock in microseconds: above any version of an earlier row of the same id, whoever inserted that one */
export const START_OF_LIFE = '(extract(epoch FROM clock_timestamp()) * 1000000)::bigint'

/** Of a timestamp column that keeps `digits`. Without a zone it holds UTC, whatever the session's TimeZone is. */
export interface MomentSql {
  readonly now: string
  /** cut to the digits that count */
  readonly cut: (moment: string) => string
  /** the next moment after one, and not before now */
  readonly after: (moment: string) => string
}

const UNITS = { 0: 'second', 3: 'milliseconds', 6: 'microseconds' } as const

export function momentSql(digits: number, zoned: boolean): MomentSql {
  const unit = UNITS[digits as keyof typeof UNITS]
  const clock = zoned ? 'clock_timestamp()' : `(clock_timestamp() AT TIME ZONE 'UTC')`
  const cut = (moment: string): string => (digits === 6 ? moment : `date_trunc('${unit}', ${moment})`)
  const now = cut(clock)
  return { now, cut, after: (moment) => `greatest(${now}, ${cut(moment)} + interval '1 ${unit}')` }
}

/**
 * Whether a text is a whole number, in its one spelling, that the comparisons of all `WHOLE_TYPES` take as it is. Such a
 * one stands in the statement itself: a parameter costs the server and the driver more (docs/decisions/0023).
 */
export function isShortNumber(text: string): boolean {
  return /^(?:0|[1-9]\d{0,14})$/.test(text)
}

export function isZoned(column: Column | undefined): boolean {
  return column?.type !== 'timestamp without time zone'
}

/** `start`: whether the application gives the first versions */
export function versionSql(shape: TableShape, column: Column | undefined, start: boolean): VersionSql {
  const { rule, version } = shape
  const of = (row: string): string => `${row}.${version}`
  const listed =
    (
      compared: (row: string) => string,
      type: string,
      fits: (text: string) => boolean = () => true,
      stands: (text: string) => boolean = () => false,
    ) =>
    (row: string, { bind }: Binding): PredicateDialect => ({
      listed(negated, versions) {
        const among = versions.filter(fits)
        const [only] = among
        // one is the usual, and costs the server a tenth of the statement less than an array of one
        const sql =
          only !== undefined && among.length === 1
            ? `${compared(row)} ${negated ? '<>' : '='} ${stands(only) ? only : `${bind(only)}::${type}`}`
            : `${compared(row)} ${negated ? '<> ALL' : '= ANY'}(${bind(among)}::${type}[])`
        return { sql, params: [], counted: !negated }
      },
    })
  if (rule.kind === 'uuid') {
    return {
      counted: (row) => `${of(row)} IS NOT NULL`,
      next: () => 'gen_random_uuid()',
      first: () => 'gen_random_uuid()',
      returned: (row) => `${row}.*`,
      predicates: listed(of, 'uuid'),
    }
  }
  if (rule.kind === 'integer') {
    return {
      counted: (row) => `${of(row)} >= 0`,
      next: (row) => `${of(row)} + 1`,
      first: ({ bind }) => (start ? bind(shape.start()) : START_OF_LIFE),
      returned: (row) => `${row}.*`,
      predicates: listed(of, 'bigint', undefined, isShortNumber),
    }
  }
  const zoned = isZoned(column)
  const { now, cut, after } = momentSql(rule.digits, zoned)
  const utc = (moment: string): string => `(${moment} AT TIME ZONE 'UTC')`
  const text = (moment: string): string => `to_char(${moment}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  const shown = (row: string): string => {
    if (rule.digits === 6) return text(zoned ? utc(of(row)) : of(row))
    // as a timestamptz a driver reads it in whatever zone its process is
    return zoned ? cut(of(row)) : utc(cut(of(row)))
  }
  // PostgreSQL knows no year 0
  const among = listed(
    (row) => cut(of(row)),
    zoned ? 'timestamptz' : 'timestamp',
    (moment) => !moment.startsWith('0000'),
  )
  return {
    counted: (row) => `${of(row)} IS NOT NULL`,
    next: (row) => after(of(row)),
    first: () => now,
    // of two columns of one name the drivers keep the last
    returned: (row) => `${row}.*, ${shown(row)} AS ${version}`,
    predicates: (row, parameters) => ({
      ...among(row, parameters),
      before(ms) {
        const moment = `to_timestamp(${parameters.bind(ms)}::double precision / 1000)`
        return { sql: `${of(row)} < ${zoned ? moment : utc(moment)}`, params: [] }
      },
    }),
  }
}
