/** What a request did, as its client knows it: one line of a history. */
export interface Operation {
  readonly key: string
  readonly client: number
  /** when it was sent, and when its whole answer was there, on one clock; Infinity where no answer came */
  readonly begin: number
  readonly end: number
  readonly action: 'read' | 'put' | 'patch' | 'create' | 'delete'
  /** the versions that If-Match named; left out, any state will do. A `create` demands that nothing is there */
  readonly demand?: readonly string[]
  /** the text that its client had read, and built its change on */
  readonly base?: string
  /** what the resource reads as after it: unlike that of any other write. Left out by reads and deletes */
  readonly writes?: string
  readonly outcome: Outcome
}

export type Outcome =
  /** of a read; `version`: undefined where the answer had no entity tag */
  | { readonly kind: 'found'; readonly text: string; readonly version: string | undefined }
  | { readonly kind: 'absent' }
  /** a write that succeeded; `version` is that of the state it made, where the answer told it */
  | { readonly kind: 'done'; readonly version: string | undefined }
  /** a write without effect, and why: the state was another one, nothing was there, something was; or no reason given */
  | { readonly kind: 'refused'; readonly because: 'changed' | 'gone' | 'exists' | 'other' }
  /** done or not, now or later */
  | { readonly kind: 'unknown' }

export function isWrite({ action }: Operation): boolean {
  return action !== 'read'
}

/** One line for people. */
export function show({ client, action, demand, base, writes, outcome, begin, end }: Operation): string {
  const parts = [
    `[${begin}..${end === Infinity ? '?' : end}]`,
    `client ${client}`,
    action,
    ...(writes === undefined ? [] : [JSON.stringify(writes)]),
    ...(base === undefined ? [] : [`built on ${JSON.stringify(base)}`]),
    ...(demand === undefined ? [] : [`if version ${demand.join(' or ')}`]),
  ]
  return `${parts.join(' ')}: ${showOutcome(outcome)}`
}

function showOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'found':
      return `found ${JSON.stringify(outcome.text)}, version ${outcome.version ?? 'untold'}`
    case 'done':
      return `done, version ${outcome.version ?? 'untold'}`
    case 'refused':
      return `refused (${outcome.because})`
    default:
      return outcome.kind
  }
}
