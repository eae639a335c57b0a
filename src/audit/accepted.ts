import { IfMatchError, show } from '../core/errors.js'
import { sameFinding, type Finding, type FindingName } from './findings.js'

/** A finding that somebody has looked at and will live with. */
export interface Accepted extends FindingName {
  /** why, in the words of whoever accepted it */
  readonly reason?: string
}

/** Findings beside the list of accepted ones. */
export interface Sorted {
  /** those that nobody has accepted */
  readonly open: readonly Finding[]
  readonly accepted: readonly Finding[]
  /** entries of the list that are found no longer: they would hide the same mistake when it comes back */
  readonly stale: readonly Accepted[]
}

export function sortFindings(findings: readonly Finding[], list: readonly Accepted[]): Sorted {
  const isAccepted = (finding: Finding) => list.some((entry) => sameFinding(entry, finding))
  return {
    open: findings.filter((finding) => !isAccepted(finding)),
    accepted: findings.filter(isAccepted),
    stale: list.filter((entry) => !findings.some((finding) => sameFinding(entry, finding))),
  }
}

/** Reads the list from the text of its file; throws `ERR_OPTION_INVALID` where that is none. */
export function readAccepted(text: string, file: string): Accepted[] {
  const wrong = (what: string) =>
    new IfMatchError(
      'ERR_OPTION_INVALID',
      `accept: ${file} ${what}. Let "routes --accept ${file} --write" write it (ERR_OPTION_INVALID, see docs/errors.md)`,
    )
  let list: unknown
  try {
    list = (JSON.parse(text) as { accepted?: unknown } | null)?.accepted
  } catch (error) {
    throw wrong(`is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!Array.isArray(list)) throw wrong('has no list "accepted"')
  return list.map((entry: unknown) => {
    const { code, method, path, reason } = (entry ?? {}) as Record<string, unknown>
    if (typeof code !== 'string' || typeof method !== 'string' || typeof path !== 'string')
      throw wrong(`has an entry without code, method and path: ${show(entry)}`)
    const named = { code: code as FindingName['code'], method, path }
    return typeof reason === 'string' ? { ...named, reason } : named
  })
}

/** The text of a list that accepts these findings, with the reasons that the list before it gave. */
export function writeAccepted(findings: readonly Finding[], before: readonly Accepted[]): string {
  const accepted = findings.map(({ code, method, path }) => {
    const known = before.find((entry) => sameFinding(entry, { code, method, path }))
    return { code, method, path, reason: known?.reason ?? '' }
  })
  return `${JSON.stringify({ accepted }, null, 2)}\n`
}
