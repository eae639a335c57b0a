/** Whether an API loses updates, as far as a client can see. */
export type Verdict = 'safe' | 'loses-updates' | 'unknown'

/** How a client of the API says what its write was built on. */
export type Validator =
  | { readonly kind: 'etag' }
  /** a member of the body; its name */
  | { readonly kind: 'body'; readonly member: string }

export interface RaceResult {
  /** that sent their writes at once, all naming the same state */
  readonly writers: number
  /** how many of them succeeded, in each round: above 1, an update was lost */
  readonly succeeded: readonly number[]
  /** how often each status was answered; 0 where no answer came */
  readonly answers: Readonly<Record<string, number>>
}

/** A rule of RFC 9110, as it was tried. */
export interface RuleResult {
  /** `if-match-weak` */
  readonly id: string
  /** of RFC 9110, `13.1.1` */
  readonly section: string
  /** what the rule says, in a few words */
  readonly rule: string
  readonly outcome: 'kept' | 'broken'
  /** what was answered, and what should have been */
  readonly detail: string
  /** the request, for a shell; secrets are left out */
  readonly curl: string
}

/** Why an API is said to lose updates. */
export interface Loss {
  /**
   * `ignored`: a write that names a superseded state succeeds. `raced`: several of one moment that name the same state
   * do. `unmoved`: a state and the one after it have the same validator
   */
  readonly kind: 'ignored' | 'raced' | 'unmoved'
  readonly detail: string
  readonly curl: string
}

export interface ProbeResult {
  readonly url: string
  readonly verdict: Verdict
  /** one sentence: what was seen, or why nothing could be told */
  readonly why: string
  /** undefined where none was found */
  readonly validator: Validator | undefined
  readonly losses: readonly Loss[]
  /** undefined where it did not come to one */
  readonly race: RaceResult | undefined
  readonly rules: readonly RuleResult[]
  /** what else whoever runs the API should know */
  readonly notes: readonly string[]
  /** `no`: what was there before is not there again; `notes` says what is left */
  readonly restored: 'yes' | 'no' | 'not needed'
  /** how many requests were sent */
  readonly requests: number
}

/** What is going to be written, for whoever has to agree to it. */
export interface ProbePlan {
  readonly url: string
  readonly method: string
  readonly validator: Validator
  /** the member whose text is changed; undefined for a body of one's own */
  readonly field: string | undefined
  /** how many writes are sent at most */
  readonly writes: number
}

export interface ProbeProgress {
  readonly step: 'read' | 'write' | 'race' | 'rules' | 'restore'
  readonly done: number
  readonly of: number
}
