/** Every kind of finding. Each has a section in docs/audit.md. */
export type FindingCode =
  | 'unguarded-write'
  | 'guard-after-handler'
  | 'guard-before-parser'
  | 'key-not-in-path'
  | 'keys-differ'
  | 'stores-differ'
  | 'tag-not-accepted'
  | 'read-without-tag'
  | 'never-written'
  | 'problems-too-early'
  | 'problems-unreached'
  | 'problems-take-all'

/** One mistake on one route. */
export interface Finding {
  readonly code: FindingCode
  /** of the route; `ALL` for `app.all` */
  readonly method: string
  /** of the route, from the root of the application */
  readonly path: string
  /** what is wrong, with the names of what it is about */
  readonly message: string
  /** what to change */
  readonly fix: string
  /**
   * how it is known: by the order of what is mounted (`stack`), by reading the text of a function, which is a
   * heuristic (`source`), or by what was answered (`traffic`)
   */
  readonly known: 'stack' | 'source' | 'traffic'
  /** where the route's handler was written, as far as it is known: a file, and its line */
  readonly file?: string
  readonly line?: number
}

/** What names a finding in a list of accepted ones. */
export type FindingName = Pick<Finding, 'code' | 'method' | 'path'>

export function sameFinding(one: FindingName, other: FindingName): boolean {
  return one.code === other.code && one.method === other.method && one.path === other.path
}
