import type { ProblemCode } from '../core/problem.js'

/**
 * Who made the version that stood in the way of a write: `self`, its own client and nobody else; `other`; or
 * `unknown`, where `who` could not say, or nobody was seen writing it (a job, a console, another process).
 */
export type Rival = 'self' | 'other' | 'unknown'

/** How many version conflicts there were with whom. */
export type Rivals = Readonly<Record<Rival, number>>

interface Counts {
  /** requests that were refused, or would have been */
  readonly refused: number
  /** of these: that really were */
  readonly enforced: number
  readonly rivals: Rivals
}

interface Seen {
  /** of a refusal, RFC 3339; undefined where there was none */
  readonly firstSeen: string | undefined
  readonly lastSeen: string | undefined
}

/** The writes of one route, or of one client. */
export interface Part extends Counts, Seen {
  readonly name: string
  readonly writes: number
  /** refused of writes, 0 to 1 */
  readonly share: number
}

export interface ReasonPart extends Counts, Seen {
  readonly code: ProblemCode
  readonly reason: string | undefined
}

export interface Example {
  /** RFC 3339 */
  readonly at: string
  /** cut at 80 characters, as is all that clients have a say in */
  readonly key: string | undefined
  /** the versions that the client named, the first three at most; or `*`, or `absent` */
  readonly expected: readonly string[]
  /** of a version conflict */
  readonly rival: Rival | undefined
}

/** One reason for which requests of one client on one route were refused. */
export interface Finding extends Counts, Seen {
  readonly route: string
  readonly code: ProblemCode
  readonly reason: string | undefined
  readonly client: string
  /** the latest, the newest last */
  readonly examples: readonly Example[]
}

/** What was counted under names that had to make room. */
export interface Remainder extends Counts {
  /** how often a name made room; one that comes again counts again */
  readonly dropped: number
  readonly writes: number
}

export interface ReportData {
  /** in words: "0.4 % of writes (52 of 12,345) would have been refused: three routes, mostly …" */
  readonly summary: string
  /** RFC 3339 */
  readonly since: string
  readonly until: string
  /** guarded writes that were answered by their handler, or refused */
  readonly writes: number
  readonly refused: number
  readonly enforced: number
  /** refused of writes, 0 to 1 */
  readonly share: number
  readonly rivals: Rivals
  /** the most refused first, here and below */
  readonly routes: readonly Part[]
  readonly clients: readonly Part[]
  readonly reasons: readonly ReasonPart[]
  readonly findings: readonly Finding[]
  readonly others: { readonly routes: Remainder; readonly clients: Remainder; readonly findings: Remainder }
}
