import type { Expectation } from '../../core/expectation.js'
import type { IfMatchError } from '../../core/errors.js'
import { refusal } from '../../core/refusal.js'
import type { ConflictDetails } from '../write-handle.js'
import type { Remarks, SessionRequest } from './session.js'

/** Of which write a handle speaks. */
export interface Writing {
  readonly request: Pick<SessionRequest, 'key' | 'demand'>
  readonly remarks: Remarks
  /** something was written through the handle already; a conflict after that was not without effect (P4) */
  readonly applied: boolean
  /** the handler says that it changed nothing: what failed until now is dealt with */
  excuse(): void
  /** the handler says that it wrote; where the write has ended as one that did not, its version moves on now */
  wroteAfterAll?(): void
}

/**
 * What every handle can say, whoever counts the versions. Its methods may be taken out of it
 * (`const { conflict } = write`), and are made only when they are asked for: most handlers under a guard never look at
 * it. Handles are classes, for an object that has a getter of its own outlives its request by far
 * (docs/decisions/0021).
 */
export class BaseHandle {
  readonly #writing: Writing

  constructor(writing: Writing) {
    this.#writing = writing
  }

  get key(): string {
    return this.#writing.request.key.key
  }

  get expected(): Expectation {
    return this.#writing.request.demand.expectation
  }

  get conflict(): (details?: ConflictDetails) => never {
    return (details = {}) => {
      throw conflictOf(this.#writing, details)
    }
  }

  get unchanged(): () => void {
    return () => {
      this.#writing.remarks.unchanged = true
      this.#writing.excuse()
    }
  }

  get wrote(): () => void {
    return () => {
      this.#writing.remarks.wrote = true
      this.#writing.wroteAfterAll?.()
    }
  }
}

function conflictOf(
  { request, remarks, applied }: Writing,
  { detail, representation }: ConflictDetails,
): IfMatchError {
  return refusal('version-conflict', {
    resource: request.key.key,
    reason: 'stale',
    ...(remarks.wrote || applied ? { applied: 'unknown' } : {}),
    ...(detail === undefined ? {} : { detail }),
    ...(representation === undefined ? {} : { current: { representation } }),
  })
}
