import type { Setup } from './setup.js'

/*
 * Every middleware that this library makes says what it is, for the route auditor. The symbol is a registered one:
 * the ESM and the CommonJS build of this package may stand in one application.
 */

const MARK = Symbol.for('express-if-match.mark')

/** How a guard knows the key of a request. */
export type KeyMark =
  | { readonly form: 'path' }
  | { readonly form: 'template'; readonly text: string }
  | { readonly form: 'function'; readonly identity: object }

/** What a guard says of itself. */
export interface GuardMark {
  /** `tree`: the middleware that `ifMatch()` returns; `send`: no middleware, the function that answers with a row */
  readonly kind: 'read' | 'guard' | 'wrap' | 'send' | 'tree'
  /** one and the same for all that one `ifMatch()` made */
  readonly instance: object
  readonly way: 'ledger' | 'table' | 'current'
  /** who counts: the ledger, the table, or what `current` is */
  readonly store: object
  /** the member that holds the version, or the function that finds it; undefined on a ledger, and for a row's hash */
  readonly version: unknown
  readonly key: KeyMark
  readonly required: boolean
  readonly bodyVersion: string | false
  /** whether refusals go to the application's own error handler */
  readonly respond: 'problem' | 'next' | 'function'
  /** of `wrap`: the handler inside */
  readonly handler: object | undefined
}

/** What `problems()` says of itself. */
export interface ProblemsMark {
  readonly kind: 'problems'
}

export type Mark = GuardMark | ProblemsMark

/** Puts the mark on a middleware, where no loop over its members sees it. */
export function marked<Target extends object>(target: Target, mark: Mark): Target {
  return Object.defineProperty(target, MARK, { value: mark })
}

/** The mark of a middleware that this library made, in whichever build; undefined for anything else. */
export function markOf(value: unknown): Mark | undefined {
  if (typeof value !== 'function') return undefined
  return (value as { readonly [MARK]?: Mark })[MARK]
}

/** What all guards of one `ifMatch()` have in common. */
export function guardMarks(
  setup: Setup,
  key: unknown,
): (kind: GuardMark['kind'], own?: { required?: boolean | undefined; handler?: object }) => GuardMark {
  const { way, bodyVersion, respond } = setup
  const common = {
    instance: way,
    way: way.kind,
    ...storeOf(way),
    key: keyMark(key),
    bodyVersion,
    respond: typeof respond === 'function' ? 'function' : respond,
  } as const
  return (kind, { required = setup.required ?? kind !== 'tree', handler } = {}) => ({
    ...common,
    kind,
    required,
    handler,
  })
}

function storeOf(way: Setup['way']): Pick<GuardMark, 'store' | 'version'> {
  if (way.kind === 'table') return { store: way.table, version: way.table.versionColumn }
  if (way.kind === 'current') return { store: way.current, version: way.version }
  return { store: way.ledger, version: undefined }
}

function keyMark(key: unknown): KeyMark {
  if (typeof key === 'string') return { form: 'template', text: key }
  return typeof key === 'function' ? { form: 'function', identity: key } : { form: 'path' }
}
