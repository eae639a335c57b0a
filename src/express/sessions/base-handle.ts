import type { Expectation } from '../../core/expectation.js'
import { refusal } from '../refusal.js'
import type { ConflictDetails } from '../write-handle.js'
import type { Pending } from './pending.js'
import type { Remarks } from './session.js'

interface BaseHandle {
  readonly key: string
  readonly expected: Expectation
  readonly conflict: (details?: ConflictDetails) => never
  readonly unchanged: () => void
  readonly wrote: () => void
}

interface Writing {
  readonly key: string
  readonly expectation: Expectation
  readonly remarks: Remarks
  /** what the handler has begun through its handle */
  readonly pending?: Pick<Pending, 'excuse'>
  /** whether it has written through its handle already; a conflict after that was not without effect (P4) */
  readonly applied?: () => boolean
}

/** What every handle can say, whoever counts the versions. */
export function baseHandle({ key, expectation, remarks, pending, applied }: Writing): BaseHandle {
  return {
    key,
    expected: expectation,
    conflict(details = {}) {
      throw refusal('version-conflict', {
        resource: key,
        reason: 'stale',
        ...(remarks.wrote || applied?.() === true ? { applied: 'unknown' } : {}),
        ...(details.detail === undefined ? {} : { detail: details.detail }),
        ...(details.representation === undefined
          ? {}
          : { current: { representation: details.representation } }),
      })
    },
    unchanged() {
      remarks.unchanged = true
      pending?.excuse()
    },
    wrote() {
      remarks.wrote = true
    },
  }
}
