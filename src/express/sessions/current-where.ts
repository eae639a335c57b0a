import { IfMatchError, show } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { CurrentWay } from '../setup.js'
import type { SqlPredicate } from '../write-handle.js'

/**
 * The version that was judged under the claim, in the type that the row has; nothing where the client named
 * none. Of several tags it is the one that matched: the others were superseded already.
 */
export function ormWhere(way: CurrentWay, expectation: Expectation, row: unknown): Record<string, unknown> {
  if (!namesState(expectation) || typeof row !== 'object' || row === null) return {}
  if (typeof way.version === 'string') return { [way.version]: Reflect.get(row, way.version) as unknown }
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `write.where: the version is ${show(way.version)}, no member of the row, so no predicate can name it. Give version: 'column' (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}

export function sqlWhere(
  way: CurrentWay,
  expectation: Expectation,
  row: unknown,
  placeholder: (position: number) => string = () => '?',
): SqlPredicate {
  const [entry] = Object.entries(ormWhere(way, expectation, row))
  if (entry === undefined) return { sql: '1 = 1', values: [] }
  const [member, value] = entry
  return { sql: `"${member.replaceAll('"', '""')}" = ${placeholder(1)}`, values: [value] }
}

function namesState({ kind }: Expectation): boolean {
  return kind !== 'unconditional' && kind !== 'exists' && kind !== 'absent'
}
