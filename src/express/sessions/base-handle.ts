import type { Expectation } from '../../core/expectation.js'
import { refusal } from '../refusal.js'
import type { ConflictDetails } from '../write-handle.js'
import type { Remarks } from './session.js'

interface BaseHandle {
  readonly key: string
  readonly expected: Expectation
  conflict(details?: ConflictDetails): never
  unchanged(): void
  wrote(): void
}

/** What every handle can say, whoever counts the versions. */
export function baseHandle(key: string, expected: Expectation, remarks: Remarks): BaseHandle {
  return {
    key,
    expected,
    conflict(details = {}) {
      throw refusal('version-conflict', {
        resource: key,
        reason: 'stale',
        ...(details.detail === undefined ? {} : { detail: details.detail }),
        ...(details.representation === undefined
          ? {}
          : { current: { representation: details.representation } }),
      })
    },
    unchanged() {
      remarks.unchanged = true
    },
    wrote() {
      remarks.wrote = true
    },
  }
}
