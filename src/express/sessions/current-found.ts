import type { State } from '../../core/expectation.js'
import type { CurrentWay } from '../setup.js'
import { inMomentForm, rowModified, rowVersion } from './row-version.js'

/** What `current` found. */
export interface Found {
  readonly row: unknown
  /** the row's version member as it was then; undefined where it has none */
  readonly member: unknown
  readonly state: State
}

export function foundRow(way: CurrentWay, row: unknown): Found {
  if (row === undefined || row === null)
    return { row: undefined, member: undefined, state: { version: '', existence: 'deleted' } }
  const modified = rowModified(way, row)
  return {
    row,
    // an ORM's instance may have another one as soon as the handler has written
    member: typeof way.version === 'string' ? (Reflect.get(Object(row), way.version) as unknown) : undefined,
    state: {
      version: rowVersion(way, row),
      existence: 'present',
      ...(modified === undefined ? {} : { modified }),
    },
  }
}

/**
 * The version that the answered row has, where the handler answers with the row as it wrote it. One that still
 * shows the version from before is an echo of the request, and says nothing of the new state.
 */
export function answeredVersion(way: CurrentWay, body: unknown, before: Found): string | undefined {
  if (
    typeof way.version !== 'string' ||
    typeof body !== 'object' ||
    body === null ||
    !Object.hasOwn(body, way.version)
  )
    return undefined
  try {
    const version = rowVersion(way, body)
    const { state } = before
    const same = state.modified === undefined ? version : inMomentForm(version)
    return same === state.version ? undefined : same
  } catch {
    return undefined
  }
}
