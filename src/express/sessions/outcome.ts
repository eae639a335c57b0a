import type { Outcome } from '../../core/machine.js'
import type { LedgerRecord } from '../../core/record.js'
import type { RequestKey } from '../key.js'
import type { Remarks } from './session.js'

/** The outcome that a status speaks of (RFC 9110 §15): 4xx wrote nothing, 5xx nobody knows. */
export function outcomeOf(
  status: number,
  remarks: Remarks,
  method: string | undefined,
  { below }: RequestKey,
): Outcome {
  if (status >= 500) return { kind: 'unknown' }
  if (status >= 400) return { kind: remarks.wrote ? 'unknown' : 'unwritten' }
  if (remarks.unchanged) return { kind: 'unwritten' }
  return { kind: 'written', existence: below ? 'keep' : existenceAfter(status, method) }
}

/**
 * The outcome of a write whose version moves before its handler has answered. Whether a POST creates, only its answer
 * can say: what was deleted must not be taken for deleted still, and be created over.
 */
export function outcomeInside(
  remarks: Remarks,
  method: string | undefined,
  key: RequestKey,
  before: LedgerRecord,
): Outcome {
  const outcome = outcomeOf(200, remarks, method, key)
  const open = outcome.kind === 'written' && outcome.existence === 'keep' && !key.below
  return open && before.existence === 'deleted' ? { kind: 'written', existence: 'unknown' } : outcome
}

function existenceAfter(
  status: number,
  method: string | undefined,
): 'present' | 'deleted' | 'unknown' | 'keep' {
  if (method === 'DELETE') return status === 200 || status === 204 ? 'deleted' : 'unknown'
  if (status === 201 || ((method === 'PUT' || method === 'PATCH') && status < 300 && status !== 202))
    return 'present'
  return 'keep'
}

/** Only these say that the representation is what this write made of it (RFC 9110 §8.8.3, §15.3). */
export function carriesTag(status: number, method: string | undefined): boolean {
  return (status === 200 || status === 201 || status === 204) && method !== 'DELETE'
}
