import type { PredicateDialect } from '../sql/predicate.js'
import type { VersionRule } from '../sql/version-rule.js'
import { LAST_EXACT } from './version-sql.js'

/** of a number that a double may have to round */
const DIGITS = 16

/**
 * How SQLite compares versions. Large integers are bound as bigints, so that none is rounded; many as one JSON array, so
 * that no number of tags is too many. Moments are texts of one form, so that their order is that of time.
 */
export function versionPredicates(rule: VersionRule, column: string): PredicateDialect {
  const collation = rule.kind === 'uuid' ? ' COLLATE NOCASE' : ''
  const bound = (version: string): number | bigint | string => {
    if (rule.kind !== 'integer') return version
    return version.length < DIGITS ? Number(version) : BigInt(version)
  }
  // whoever meets one of these has a version to move on from
  const movesOn = (version: string): boolean => rule.kind !== 'integer' || Number(version) <= LAST_EXACT
  const equal = `${column} = ?${collation}`
  return {
    listed(negated, versions) {
      const [only = ''] = versions
      if (versions.length === 1)
        return {
          sql: negated ? `${column} <> ?${collation}` : equal,
          params: [bound(only)],
          counted: !negated && movesOn(only),
        }
      return {
        sql: `${column}${collation} ${negated ? 'NOT IN' : 'IN'} (SELECT "value" FROM json_each(?))`,
        params: [rule.kind === 'integer' ? `[${versions.join(',')}]` : JSON.stringify(versions)],
        counted: !negated && versions.every(movesOn),
      }
    },
    before:
      rule.kind === 'timestamp'
        ? (ms) => ({ sql: `${column} < ?`, params: [new Date(ms).toISOString()] })
        : undefined,
  }
}
