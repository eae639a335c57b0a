import type { EntityTag } from './entity-tag.js'
import type { Existence } from './record.js'
import { versionPart, withoutCodingSuffix } from './version.js'

/** Where a demand was read: it decides the status of the refusal. */
export type Source = 'if-match' | 'if-none-match' | 'if-unmodified-since' | 'body'

/** What the client demands of the current state. `all`: every one of them must hold. */
export type Expectation =
  | { readonly kind: 'unconditional' }
  | { readonly kind: 'exists'; readonly source: Source }
  | { readonly kind: 'absent'; readonly source: Source }
  /** `weak`: a tag was left out because the strong comparison of If-Match can never hold for it (§13.1.1) */
  | {
      readonly kind: 'one-of'
      readonly versions: readonly string[]
      readonly weak: boolean
      readonly source: Source
    }
  | { readonly kind: 'none-of'; readonly versions: readonly string[]; readonly source: Source }
  /** ms since the epoch, a whole second */
  | { readonly kind: 'unmodified-since'; readonly date: number; readonly source: Source }
  | { readonly kind: 'all'; readonly of: readonly Expectation[] }

/** The current state, as far as it is known. `modified`: ms since the epoch, where the version is a date. */
export interface State {
  readonly version: string
  readonly existence: Existence
  readonly modified?: number
}

export type Reason = 'stale' | 'race' | 'weak-validator' | 'gone'

export type Verdict =
  | { readonly pass: true }
  | {
      readonly pass: false
      readonly code: 'version-conflict'
      readonly reason: Reason
      readonly source: Source
    }
  | { readonly pass: false; readonly code: 'already-exists' | 'existence-unknown'; readonly source: Source }

const PASS: Verdict = { pass: true }

/** Does the demand hold in this state? The first that does not decides, in the order of RFC 9110 §13.2.2. */
export function judge(expectation: Expectation, state: State): Verdict {
  switch (expectation.kind) {
    case 'unconditional':
      return PASS
    case 'exists':
      if (state.existence === 'present') return PASS
      if (state.existence === 'deleted') return conflict('gone', expectation.source)
      return { pass: false, code: 'existence-unknown', source: expectation.source }
    case 'absent':
      if (state.existence === 'deleted') return PASS
      return {
        pass: false,
        code: state.existence === 'present' ? 'already-exists' : 'existence-unknown',
        source: expectation.source,
      }
    case 'one-of':
      if (state.existence === 'deleted') return conflict('gone', expectation.source)
      if (expectation.versions.includes(state.version)) return PASS
      return conflict(
        expectation.weak && expectation.versions.length === 0 ? 'weak-validator' : 'stale',
        expectation.source,
      )
    case 'none-of':
      if (state.existence === 'deleted' || !expectation.versions.includes(state.version)) return PASS
      return { pass: false, code: 'already-exists', source: expectation.source }
    case 'unmodified-since':
      if (state.existence === 'deleted') return conflict('gone', expectation.source)
      // §13.1.4: without a modification date the field is ignored
      if (state.modified === undefined || wholeSecond(state.modified) <= expectation.date) return PASS
      return conflict('stale', expectation.source)
    case 'all': {
      for (const part of expectation.of) {
        const verdict = judge(part, state)
        if (!verdict.pass) return verdict
      }
      return PASS
    }
  }
}

function conflict(reason: Reason, source: Source): Verdict {
  return { pass: false, code: 'version-conflict', reason, source }
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

/** One demand of several; none is `unconditional`. */
export function allOf(parts: readonly Expectation[]): Expectation {
  const [first, second] = parts
  if (first === undefined) return { kind: 'unconditional' }
  return second === undefined ? first : { kind: 'all', of: parts }
}

/** The one version that must be current, where the demand comes down to that: such a claim needs no read first. */
export function soleVersion(expectation: Expectation): string | undefined {
  return expectation.kind === 'one-of' && expectation.versions.length === 1
    ? expectation.versions[0]
    : undefined
}

/** How tags become versions: which texts are ours, and whether a tag that a proxy weakened still counts. */
export interface TagReading {
  readonly weakTags: 'reject' | 'accept'
  readonly isOurs: (version: string) => boolean
}

/** The If-Match demand; undefined where not one of the tags was ever written by this API. */
export function expectMatch(tags: '*' | readonly EntityTag[], reading: TagReading): Expectation | undefined {
  if (tags === '*') return { kind: 'exists', source: 'if-match' }
  const [only] = tags
  if (only !== undefined && tags.length === 1) {
    const version = recognised(only, reading)
    // as nearly every client has it
    if (version !== undefined) return { kind: 'one-of', versions: [version], weak: false, source: 'if-match' }
  }
  const versions: string[] = []
  let weak = false
  for (const tag of tags) {
    const version = recognised(tag, reading)
    if (version !== undefined) versions.push(version)
    else if (tag.weak || ours(withoutCodingSuffix(tag.opaque), reading) !== undefined) weak = true
  }
  if (versions.length === 0 && !weak && tags.length > 0) return undefined
  return { kind: 'one-of', versions, weak, source: 'if-match' }
}

/** The version that a tag names, by itself or as a proxy has weakened it. */
function recognised(tag: EntityTag, reading: TagReading): string | undefined {
  const exact = tag.weak ? undefined : ours(tag.opaque, reading)
  if (exact !== undefined || reading.weakTags === 'reject') return exact
  return ours(withoutCodingSuffix(tag.opaque), reading)
}

/**
 * The If-None-Match demand on a write. The state of a store says nothing of the content part, so a tag of the
 * current version counts as matching, weak or not (§13.1.2); a tag that is not ours can match nothing.
 */
export function expectNoneMatch(tags: '*' | readonly EntityTag[], reading: TagReading): Expectation {
  if (tags === '*') return { kind: 'absent', source: 'if-none-match' }
  const versions = tags
    .map((tag) => ours(withoutCodingSuffix(tag.opaque), reading))
    .filter((version) => version !== undefined)
  return { kind: 'none-of', versions, source: 'if-none-match' }
}

function ours(opaque: string, reading: TagReading): string | undefined {
  const version = versionPart(opaque)
  return version !== undefined && reading.isOurs(version) ? version : undefined
}
