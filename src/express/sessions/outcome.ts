import { existenceAfter, type Outcome } from '../../core/machine.js'
import type { Existence } from '../../core/record.js'
import type { RequestKey } from '../key.js'
import type { Remarks } from './session.js'

const UNKNOWN: Outcome = { kind: 'unknown' }
const UNWRITTEN: Outcome = { kind: 'unwritten' }
const WRITTEN: Readonly<Record<Existence | 'keep', Outcome>> = {
  present: { kind: 'written', existence: 'present' },
  deleted: { kind: 'written', existence: 'deleted' },
  unknown: { kind: 'written', existence: 'unknown' },
  keep: { kind: 'written', existence: 'keep' },
}

/** The outcome that a status speaks of (RFC 9110 §15): 4xx wrote nothing, 5xx nobody knows. */
export function outcomeOf(
  status: number,
  remarks: Remarks,
  method: string | undefined,
  { below }: RequestKey,
): Outcome {
  if (status >= 500) return UNKNOWN
  if (status >= 400) return remarks.wrote ? UNKNOWN : UNWRITTEN
  if (remarks.unchanged) return UNWRITTEN
  return WRITTEN[below ? 'keep' : existenceAs(status, method)]
}

/**
 * The outcome of a write whose version moves before its handler has answered. Whether a DELETE has deleted or only will,
 * its answer alone can say: what may be there must not be taken for deleted, and be created over (P1).
 */
export function outcomeInside(remarks: Remarks, method: string | undefined, key: RequestKey): Outcome {
  const outcome = outcomeOf(200, remarks, method, key)
  return outcome.kind === 'written' && outcome.existence === 'deleted'
    ? { kind: 'written', existence: 'unknown' }
    : outcome
}

/** What an answer says of the existence of what was committed `now`, and was as `before` before that. */
export function existenceAnswered(outcome: Outcome, before: Existence, now: Existence): Existence {
  // it speaks of a failure or of no change, and a transaction has been committed all the same
  if (outcome.kind !== 'written') return now === before ? now : 'unknown'
  return existenceAfter({ existence: before }, outcome)
}

function existenceAs(status: number, method: string | undefined): 'present' | 'deleted' | 'unknown' | 'keep' {
  if (method === 'DELETE') return status === 200 || status === 204 ? 'deleted' : 'unknown'
  if (status === 201 || ((method === 'PUT' || method === 'PATCH') && status < 300 && status !== 202))
    return 'present'
  return 'keep'
}

/** Only these say that the representation is what this write made of it (RFC 9110 §8.8.3, §15.3). */
export function carriesTag(status: number, method: string | undefined): boolean {
  return (status === 200 || status === 201 || status === 204) && method !== 'DELETE'
}
