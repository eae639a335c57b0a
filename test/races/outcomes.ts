import { versionPart } from '../../src/core/version.js'
import type { Answer } from './client.js'
import type { Outcome } from './linearizability/operation.js'
import { textOf, type Item } from './stores/store.js'

/** What an answer means for the history. */
export interface Judged {
  /** how reports count it: `409 version-conflict stale` */
  readonly name: string
  /** undefined where it says nothing, such as a read that failed */
  readonly outcome: Outcome | undefined
  /** no client of this API may ever get it */
  readonly unexpected: boolean
}

interface Problem {
  readonly code?: string
  readonly reason?: string
  readonly applied?: string
}

const UNKNOWN: Outcome = { kind: 'unknown' }
const REFUSALS: Readonly<Record<string, Outcome>> = {
  '409 version-conflict stale': { kind: 'refused', because: 'changed' },
  '409 version-conflict race': { kind: 'refused', because: 'changed' },
  '409 version-conflict gone': { kind: 'refused', because: 'gone' },
  '404 not-found': { kind: 'refused', because: 'gone' },
  '412 already-exists': { kind: 'refused', because: 'exists' },
  '409 taken': { kind: 'refused', because: 'exists' },
  '409 write-in-progress': { kind: 'refused', because: 'other' },
  '409 transaction-conflict': { kind: 'refused', because: 'other' },
  '500 existence-unknown': { kind: 'refused', because: 'other' },
  '503 store-unavailable': { kind: 'refused', because: 'other' },
}
const UNCERTAIN = ['500 outcome-unknown', '500 handler-failed', '408 body-timeout']

/** The version that an answer's entity tag names. */
export function tagVersion(answer: Answer): string | undefined {
  const { etag } = answer.headers
  return etag === undefined ? undefined : versionPart(etag.slice(1, -1))
}

/** `undefined`: no answer came. */
export function writeOf(answer: Answer | undefined, action: string): Judged {
  if (answer === undefined) return { name: 'connection lost', outcome: UNKNOWN, unexpected: false }
  const version = tagVersion(answer)
  if (answer.status < 300) {
    // a state that was written has a version, and one that is gone has none
    const unexpected = (version === undefined) !== (action === 'delete')
    return { name: String(answer.status), outcome: { kind: 'done', version }, unexpected }
  }
  const { code, reason, applied } = parsed<Problem>(answer.body) ?? {}
  const name = [answer.status, code, reason].filter((part) => part !== undefined).join(' ')
  const refusal = applied === 'unknown' ? undefined : REFUSALS[name]
  // a validator on a refusal would be taken for that of the current state
  const unexpected = version !== undefined || (refusal === undefined && !UNCERTAIN.includes(name))
  return {
    name: applied === 'unknown' ? `${name}, applied unknown` : name,
    outcome: refusal ?? UNKNOWN,
    unexpected,
  }
}

export function readOf(answer: Answer | undefined): Judged {
  if (answer === undefined) return { name: 'connection lost', outcome: undefined, unexpected: false }
  const item = answer.status === 200 ? parsed<Item>(answer.body) : undefined
  if (item !== undefined) {
    const version = tagVersion(answer)
    const name = version === undefined ? '200 without a tag' : '200'
    return { name, outcome: { kind: 'found', text: textOf(item), version }, unexpected: false }
  }
  const outcome: Outcome | undefined = answer.status === 404 ? { kind: 'absent' } : undefined
  return { name: String(answer.status), outcome, unexpected: answer.status < 500 && outcome === undefined }
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- only the caller knows the route
export function parsed<T>(json: string): T | undefined {
  try {
    return JSON.parse(json) as T
  } catch {
    return undefined
  }
}
