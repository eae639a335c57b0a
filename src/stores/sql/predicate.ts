import type { Expectation } from '../../core/expectation.js'
import type { VersionRule } from './version-rule.js'

/** A condition of SQL with its parameters, in the order of their places. */
export interface Predicate {
  readonly sql: string
  readonly params: readonly unknown[]
  /** whether a row that meets it has a version to move on from: then the statement need not demand that too */
  readonly counted?: boolean
}

/** How one database says each condition on the version column. */
export interface PredicateDialect {
  /** the version is, or is not, among these; there is at least one, each is a version of the column */
  listed(negated: boolean, versions: readonly string[]): Predicate
  /** the version, a timestamp, is before this moment (ms since the epoch); left out where versions are no moments */
  readonly before?: ((ms: number) => Predicate) | undefined
}

const ALWAYS: Predicate = { sql: '1 = 1', params: [] }
const NEVER: Predicate = { sql: '1 = 0', params: [] }

/** A demand on a row, and that it has a version to move on from. */
export function withVersion({ sql, counted }: Predicate, demand: string): string {
  return counted === true ? `(${sql})` : `${demand} AND (${sql})`
}

/** The client's demand as a condition on a row that exists. A version that no row can have matches nothing. */
export function predicateOf(
  expectation: Expectation,
  rule: VersionRule,
  dialect: PredicateDialect,
): Predicate {
  switch (expectation.kind) {
    case 'unconditional':
    case 'exists':
      return ALWAYS
    case 'absent':
      return NEVER
    case 'unmodified-since':
      // RFC 9110 §13.1.4: ignored where no modification date is known. Dates of HTTP are whole seconds.
      return dialect.before?.(expectation.date + 1000) ?? ALWAYS
    case 'one-of': {
      const versions = expectation.versions.filter((text) => rule.isVersion(text))
      return versions.length === 0 ? NEVER : dialect.listed(false, versions)
    }
    case 'none-of': {
      const versions = expectation.versions.filter((text) => rule.isVersion(text))
      return versions.length === 0 ? ALWAYS : dialect.listed(true, versions)
    }
    case 'all': {
      const parts = expectation.of.map((part) => predicateOf(part, rule, dialect))
      return {
        sql: parts.map(({ sql }) => `(${sql})`).join(' AND '),
        params: parts.flatMap(({ params }) => params),
        counted: parts.some(({ counted }) => counted === true),
      }
    }
  }
}
