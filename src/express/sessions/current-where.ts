import { IfMatchError, optionError, show } from '../../core/errors.js'
import type { Expectation } from '../../core/expectation.js'
import type { CurrentWay } from '../setup.js'
import type { SqlForm, SqlOptions, SqlPredicate } from '../write-handle.js'
import type { Found } from './current-found.js'

/**
 * The version that was judged under the claim, in the type that the row has; nothing where the client named
 * none. Of several tags it is the one that matched: the others were superseded already.
 */
export function ormWhere(
  way: CurrentWay,
  expectation: Expectation,
  { row, member }: Found,
): Record<string, unknown> {
  if (!namesState(expectation) || row === undefined) return {}
  if (typeof way.version === 'string') return { [way.version]: member }
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `write.where: the version is ${show(way.version)}, no member of the row, so no predicate can name it. Give version: 'column' (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}

export function sqlWhere(
  way: CurrentWay,
  expectation: Expectation,
  found: Found,
  options: SqlOptions | undefined,
): SqlPredicate {
  const { placeholder = () => '?', quote = quoted } = sqlForm(options)
  const [entry] = Object.entries(ormWhere(way, expectation, found))
  if (entry === undefined) return { sql: '1 = 1', values: [] }
  const [member, value] = entry
  return { sql: `${quote(member)} = ${placeholder(1)}`, values: [value] }
}

function sqlForm(options: SqlOptions | undefined): SqlForm {
  if (options === undefined) return {}
  if (typeof options === 'function') return { placeholder: options }
  const entries = typeof options === 'object' && (options as unknown) !== null ? Object.entries(options) : []
  const known = entries.every(
    ([name, value]) =>
      (name === 'placeholder' || name === 'quote') && (value === undefined || typeof value === 'function'),
  )
  if (entries.length > 0 && known) return options
  const fix = 'Give (position) => string, or { placeholder: (position) => string, quote: (name) => string }.'
  throw optionError("write.where('sql', options)", options, fix)
}

/** As SQL has it; MySQL only with ANSI_QUOTES. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function namesState({ kind }: Expectation): boolean {
  return kind !== 'unconditional' && kind !== 'exists' && kind !== 'absent'
}
