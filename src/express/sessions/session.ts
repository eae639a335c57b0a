import type { IfMatchError } from '../../core/errors.js'
import type { Outcome } from '../../core/machine.js'
import type { AnyWrite } from '../write-handle.js'
import type { RequestKey } from '../key.js'

/** How a guarded write ended: the version to answer with, or what must be answered instead. */
export type Settled =
  | { readonly problem?: undefined; readonly version: string | undefined; readonly outcome: Outcome['kind'] }
  | { readonly problem: IfMatchError; readonly outcome: Outcome['kind'] }

/** One guarded write, from its claim (or none, on a table) to its settlement. */
export interface WriteSession {
  readonly handle: AnyWrite
  /** the version that the answer's body would have, were it a success: for `bodyVersion` on a ledger */
  nextVersion(): string | undefined
  /** the version that an answered JSON object shows, where that is how the application tells it */
  versionOfAnswer?(body: unknown): string | undefined
  /** called once, when the handler has begun to answer; never rejects */
  settle(status: number): Promise<Settled> | Settled
  /** gives up without an answer: the handler held the key for too long, or its body never came */
  abandon(): Promise<void>
}

/** What a handler said of its own write, beside its status. */
export interface Remarks {
  unchanged: boolean
  wrote: boolean
}

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
