import type { Expectation } from '../../core/expectation.js'
import type { SqliteValue } from './database.js'
import { isInt64 } from './values.js'

/** A condition of SQL with its parameters, `''` where there is nothing to demand. */
export interface Predicate {
  readonly sql: string
  readonly params: readonly SqliteValue[]
}

const ALWAYS: Predicate = { sql: '', params: [] }
const NEVER: Predicate = { sql: '0', params: [] }

/** What is written of an integer that counts: no sign, no leading zero. Other spellings were never given out. */
const CANONICAL = /^(?:0|[1-9][0-9]{0,18})$/

export function isIntegerVersion(text: string): boolean {
  return CANONICAL.test(text) && isInt64(BigInt(text))
}

/**
 * The client's demand as a condition on a row that exists. A date says nothing of an integer, so
 * If-Unmodified-Since is ignored, as RFC 9110 §13.1.4 has it where no modification date is known.
 */
export function predicateOf(expectation: Expectation, version: string): Predicate {
  switch (expectation.kind) {
    case 'unconditional':
    case 'exists':
    case 'unmodified-since':
      return ALWAYS
    case 'absent':
      return NEVER
    case 'one-of':
      return listed(version, '=', 'IN', expectation.versions) ?? NEVER
    case 'none-of':
      return listed(version, '<>', 'NOT IN', expectation.versions) ?? ALWAYS
    case 'all': {
      const parts = expectation.of.map((part) => predicateOf(part, version)).filter(({ sql }) => sql !== '')
      return {
        sql: parts.map(({ sql }) => sql).join(' AND '),
        params: parts.flatMap(({ params }) => params),
      }
    }
  }
}

/** Bound as a bigint, so that none is rounded; many as one JSON array, so that no number of tags is too many. */
function listed(version: string, is: string, isIn: string, texts: readonly string[]): Predicate | undefined {
  const versions = texts.filter(isIntegerVersion)
  const [only] = versions
  if (only === undefined) return undefined
  if (versions.length === 1) return { sql: `${version} ${is} ?`, params: [BigInt(only)] }
  return {
    sql: `${version} ${isIn} (SELECT "value" FROM json_each(?))`,
    params: [`[${versions.join(',')}]`],
  }
}
